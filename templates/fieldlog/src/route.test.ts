import { expect, test } from "vitest";
import { formatRoute, parseRoute, type Route } from "./route.ts";

const filters = { species: "gull & co", size: "Large", from: "2001-01-01" };

test.each<Route>([
  { screen: "reports", pane: { kind: "none" }, filters: {} },
  { screen: "reports", pane: { kind: "none" }, filters },
  { screen: "reports", pane: { kind: "report", reportId: "k57a/b?c" }, filters },
  { screen: "reports", pane: { kind: "edit", reportId: "k57a" }, filters: {} },
  { screen: "reports", pane: { kind: "new" }, filters },
  { screen: "reports", pane: { kind: "filed", airportId: "a1", draftKey: "f00d" }, filters: {} },
  { screen: "charts", filters: {} },
  { screen: "charts", filters },
  { screen: "airports" },
  { screen: "changes" },
  { screen: "repair", n: 12 },
  { screen: "you" },
])("a reload comes back to %j", (route) => {
  expect(parseRoute(formatRoute(route))).toEqual(route);
});

test("an address that means nothing is the list of reports", () => {
  const reports = { screen: "reports", pane: { kind: "none" }, filters: {} };
  for (const hash of ["", "#", "#/", "#/nowhere", "#/reports?colour=red", "#/reports?size=", "#/reports/filed/a1"]) {
    expect(parseRoute(hash)).toEqual(reports);
  }
  expect(parseRoute("#/changes/soon")).toEqual({ screen: "changes" });
  expect(parseRoute("#/reports/%E0%A4%A")).toEqual({ ...reports, pane: { kind: "report", reportId: "%E0%A4%A" } });
});
