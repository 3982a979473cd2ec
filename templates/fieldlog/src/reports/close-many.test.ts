import { expect, test } from "vitest";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { idFromText } from "../ids.ts";
import { planClosing } from "./close-many.ts";
import { holdReports } from "./held-reports.ts";

function reports(statuses: readonly Doc<"reports">["status"][]) {
  return holdReports(
    statuses.map((status, place) => ({
      _id: idFromText<"reports">(`r${place}`),
      _creationTime: 0,
      airportId: idFromText<"airports">("a"),
      date: "2001-01-01",
      species: "Gull",
      size: "Small",
      phase: "Climb",
      timeOfDay: "Day",
      damage: "None",
      aircraft: "A-320",
      operator: "UNKNOWN",
      costRepair: 0,
      costOther: 0,
      status,
    })),
    [],
  );
}

test("what is closed already is left out, and counted", () => {
  expect(planClosing(reports(["open", "closed", "reviewed"]))).toEqual({
    parts: [["r0", "r2"]],
    count: 2,
    closedCount: 1,
  });
});

test("more than one call may close are closed in several, each of them whole", () => {
  const { parts, count } = planClosing(reports(["open", "open", "open", "open", "open"]), 2);
  expect(parts).toEqual([["r0", "r1"], ["r2", "r3"], ["r4"]]);
  expect(count).toBe(5);
});

test("where nothing is open nothing is called", () => {
  expect(planClosing(reports(["closed"]))).toEqual({ parts: [], count: 0, closedCount: 1 });
});
