import {
  damages,
  phases,
  sizes,
  timesOfDay,
  type ReportChanges,
  type ReportFields,
} from "../../bothy/shared/fields.ts";
import { formText } from "../form-text.ts";

/** Reads the form of a report. Text that is no number becomes NaN, which the check of the report then refuses. */
export function readReportForm(form: FormData): ReportFields {
  const text = (name: keyof ReportFields) => formText(form, name);
  const speed = text("speedKnots");
  return {
    date: text("date"),
    species: text("species"),
    size: sizes.find((size) => size === text("size")) ?? "Small",
    phase: phases.find((phase) => phase === text("phase")) ?? "Approach",
    timeOfDay: timesOfDay.find((time) => time === text("timeOfDay")) ?? "Day",
    damage: damages.find((damage) => damage === text("damage")) ?? "None",
    aircraft: text("aircraft"),
    operator: text("operator"),
    ...(speed === "" ? {} : { speedKnots: Number(speed) }),
    costRepair: Number(text("costRepair") || "0"),
    costOther: Number(text("costOther") || "0"),
  };
}

const fieldNames = [
  "date",
  "species",
  "size",
  "phase",
  "timeOfDay",
  "damage",
  "aircraft",
  "operator",
  "costRepair",
  "costOther",
] as const;

/** What was changed: only these fields are sent, so that others' edits of other fields last. */
export function changedFields(before: ReportFields, after: ReportFields): ReportChanges {
  const changed = Object.fromEntries(
    fieldNames.filter((name) => before[name] !== after[name]).map((name) => [name, after[name]]),
  );
  return before.speedKnots === after.speedKnots ? changed : { ...changed, speedKnots: after.speedKnots ?? null };
}
