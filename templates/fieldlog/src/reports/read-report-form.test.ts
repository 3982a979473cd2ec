import { expect, test } from "vitest";
import type { ReportFields } from "../../bothy/shared/fields.ts";
import { formOf } from "./form-draft.ts";
import { changedFields, readReportForm, reportTexts, seenOf } from "./read-report-form.ts";

const before: ReportFields = {
  date: "2001-05-06",
  species: "Killdeer",
  size: "Small",
  phase: "Climb",
  timeOfDay: "Day",
  damage: "None",
  aircraft: "MD-80",
  operator: "MILITARY",
  speedKnots: 120,
  costRepair: 0,
  costOther: 0,
};

function form(changes: Readonly<Record<string, string>>): FormData {
  const entries = new FormData();
  for (const [name, value] of Object.entries({ ...before, ...changes })) entries.set(name, String(value));
  return entries;
}

test("a form that was not touched gives the report back and changes nothing", () => {
  expect(readReportForm(form({}))).toEqual(before);
  expect(changedFields(before, readReportForm(form({})))).toEqual({});
});

test("only what was changed is sent", () => {
  const after = readReportForm(form({ species: " Mallard ", costRepair: "250" }));
  expect(changedFields(before, after)).toEqual({ species: "Mallard", costRepair: 250 });
});

test("an emptied speed is taken away, and an empty cost is none", () => {
  const after = readReportForm(form({ speedKnots: "", costOther: "" }));
  expect(changedFields(before, after)).toEqual({ speedKnots: null });
});

test("text that is no number stays visible to the check", () => {
  expect(readReportForm(form({ speedKnots: "fast" })).speedKnots).toBeNaN();
});

test("with what was changed goes what the form had shown", () => {
  const { speedKnots: _, ...unmeasured } = before;
  const changes = changedFields(unmeasured, readReportForm(form({ species: "Mallard", speedKnots: "90" })));
  expect(changes).toEqual({ species: "Mallard", speedKnots: 90 });
  expect(seenOf(unmeasured, changes)).toEqual({ species: "Killdeer", speedKnots: null });
  expect(seenOf(before, { speedKnots: null })).toEqual({ speedKnots: 120 });
});

test("amounts may be written as they are read", () => {
  expect(readReportForm(form({ costRepair: "$12,500", costOther: "1 000" }))).toMatchObject({
    costRepair: 12_500,
    costOther: 1000,
  });
});

test("a report comes back whole from the texts of its form", () => {
  const { speedKnots: _, ...unmeasured } = before;
  for (const report of [before, unmeasured]) expect(readReportForm(formOf(reportTexts(report)))).toEqual(report);
});
