import { expect, test } from "vitest";
import {
  choicesIn,
  clearFilters,
  narrowingOf,
  parseFilterText,
  toggleChoice,
  withChoices,
  withFilter,
} from "./filters.ts";

test("choices are added in the order of choosing, and taken away again", () => {
  const one = toggleChoice({ find: "gull" }, "phase", "Climb");
  const two = toggleChoice(one, "phase", "Approach");
  expect(two).toEqual({ find: "gull", phase: "Climb,Approach" });
  expect(toggleChoice(toggleChoice(two, "phase", "Climb"), "phase", "Approach")).toEqual({ find: "gull" });
});

test("a species that is written with a comma or a per cent sign stays one choice", () => {
  const species = ["Gull, large", "Owl %2C", "Killdeer"];
  expect(choicesIn(withChoices({}, "species", species), "species")).toEqual(species);
});

test("what makes no sense in the address filters nothing", () => {
  const filters = parseFilterText(
    { size: "Huge", phase: ",", from: "soon", to: "2001", period: "3w", sort: "colour", find: "  " },
    "2002-12-31",
  );
  expect(filters).toEqual({ words: [], choices: new Map(), sort: "newest" });
});

test("of several choices those that the records know remain", () => {
  expect(choicesIn({ size: "Huge,Large" }, "size")).toEqual(["Large"]);
});

test("a period ends with the newest report, and while that is not known it does not narrow", () => {
  expect(parseFilterText({ period: "12m" }, "2002-12-31")).toMatchObject({ from: "2002-01-01" });
  expect(parseFilterText({ period: "12m" }, undefined)).not.toHaveProperty("from");
});

test("a preset in an address with days of one's own narrows together with them", () => {
  expect(parseFilterText({ period: "12m", from: "2002-06-01" }, "2002-12-31")).toMatchObject({ from: "2002-06-01" });
  expect(parseFilterText({ period: "12m", from: "1999-06-01" }, "2002-12-31")).toMatchObject({ from: "2002-01-01" });
});

test("a preset takes the place of days of one's own, and they of it", () => {
  expect(withFilter({ from: "2001-01-01", to: "2001-02-01" }, "period", "5y")).toEqual({ period: "5y" });
  expect(withFilter({ period: "5y", size: "Large" }, "to", "2001-02-01")).toEqual({ size: "Large", to: "2001-02-01" });
});

test("the order narrows nothing, and outlasts clearing", () => {
  expect(narrowingOf({ sort: "cost", find: "gull" })).toEqual(["find"]);
  expect(clearFilters({ sort: "cost", find: "gull", phase: "Climb" })).toEqual({ sort: "cost" });
});
