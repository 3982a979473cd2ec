import { expect, test } from "vitest";
import { matchesFilters } from "./filters.ts";

const report = { species: "Ring-billed gull", size: "Medium", phase: "Climb", damage: "Minor" } as const;

test("no filters let every report pass", () => {
  expect(matchesFilters(report, {})).toBe(true);
});

test("the species is found by any part of its name, in any case", () => {
  expect(matchesFilters(report, { species: " GULL" })).toBe(true);
  expect(matchesFilters(report, { species: "hawk" })).toBe(false);
});

test("filters combine: one that does not fit is enough", () => {
  expect(matchesFilters(report, { size: "Medium", phase: "Climb", damage: "Minor", species: "ring" })).toBe(true);
  expect(matchesFilters(report, { size: "Medium", phase: "Climb", damage: "None", species: "ring" })).toBe(false);
  expect(matchesFilters(report, { size: "Small" })).toBe(false);
  expect(matchesFilters(report, { phase: "Taxi" })).toBe(false);
});
