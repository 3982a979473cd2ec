import { expect, test } from "vitest";
import { checkReport, reportChanges, reportFields, type ReportFields } from "./fields.ts";

const nowMs = Date.UTC(2026, 2, 1, 12);
const fields: ReportFields = {
  date: "2026-02-28",
  species: "Herring gull",
  size: "Medium",
  phase: "Approach",
  timeOfDay: "Dusk",
  damage: "None",
  aircraft: "A-320",
  operator: "UNKNOWN",
  speedKnots: 140,
  costRepair: 0,
  costOther: 0,
};

test("a report as people file it has no problems", () => {
  expect(checkReport(fields, nowMs)).toEqual({});
});

test.each([
  ["a day that the calendar does not have", { date: "2026-02-30" }, "date"],
  ["a day in another form", { date: "28.2.2026" }, "date"],
  ["a day two days ahead", { date: "2026-03-03" }, "date"],
  ["a day before anyone flew", { date: "1899-12-31" }, "date"],
  ["no species", { species: "  " }, "species"],
  ["a text without end", { aircraft: "x".repeat(81) }, "aircraft"],
  ["a negative cost", { costRepair: -1 }, "costRepair"],
  ["a broken number", { costOther: 1.5 }, "costOther"],
  ["no number at all", { speedKnots: Number.NaN }, "speedKnots"],
  ["a speed beyond any aircraft", { speedKnots: 1001 }, "speedKnots"],
])("%s is a problem of its field", (_, change, field) => {
  expect(Object.keys(checkReport({ ...fields, ...change }, nowMs))).toEqual([field]);
});

test("the day that has begun elsewhere on Earth is not the future", () => {
  expect(checkReport({ date: "2026-03-02" }, nowMs)).toEqual({});
});

test("an edit is checked in what it names, and may take the speed away", () => {
  expect(checkReport({ speedKnots: null }, nowMs)).toEqual({});
  expect(reportChanges.check({ speedKnots: null })).toEqual([]);
  expect(reportChanges.check({})).toEqual([]);
  expect(reportFields.check({ ...fields, speedKnots: null })).not.toEqual([]);
});

test("a size, phase or damage that the records do not know is refused by type", () => {
  expect(reportChanges.check({ size: "Huge" })).not.toEqual([]);
  expect(reportChanges.check({ phase: "Hover" })).not.toEqual([]);
  expect(reportChanges.check({ damage: "Total" })).not.toEqual([]);
});
