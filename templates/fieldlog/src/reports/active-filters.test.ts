import { expect, test } from "vitest";
import { activeFilters } from "./active-filters.ts";

const labelOf = (name: string, choice: string) => `${name}: ${choice}`;

test("each choice and each end of the period stands alone, and goes without the others", () => {
  const filters = { phase: "Climb,Approach", from: "2001-02-03", sort: "cost" };
  expect(activeFilters(filters, labelOf)).toEqual([
    { key: "from", label: "From Feb 3, 2001", without: { phase: "Climb,Approach", sort: "cost" } },
    { key: "phase Climb", label: "phase: Climb", without: { ...filters, phase: "Approach" } },
    { key: "phase Approach", label: "phase: Approach", without: { ...filters, phase: "Climb" } },
  ]);
});

test("a period is named, and neither order nor text to find nor nonsense is listed", () => {
  const filters = { period: "12m", sort: "cost", find: "gull", size: "Huge", from: "abc", to: "2001" };
  expect(activeFilters(filters, labelOf).map(({ key }) => key)).toEqual(["period"]);
});
