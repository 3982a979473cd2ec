import {
  damages,
  fieldNames,
  fieldOf,
  phases,
  sizes,
  timesOfDay,
  type FieldName,
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
    ...(speed === "" ? {} : { speedKnots: numberOf(speed) }),
    costRepair: numberOf(text("costRepair") || "0"),
    costOther: numberOf(text("costOther") || "0"),
  };
}

/** The texts with which the form of a report opens. */
export function reportTexts(report: Partial<ReportFields>): Readonly<Record<string, string>> {
  return Object.fromEntries(fieldNames.map((name) => [name, String(report[name] ?? "")]));
}

/** People write amounts as they read them: "$12,500". */
function numberOf(text: string): number {
  return Number(text.replaceAll(/[\s,$]/g, ""));
}

/** What was changed: only these fields are sent, so that others' edits of other fields last. */
export function changedFields(before: ReportFields, after: ReportFields): ReportChanges {
  return pickFields(after, (name) => before[name] !== after[name]);
}

/** What the changed fields held when the form was opened: sent along, so that the server can tell a conflict. */
export function seenOf(before: ReportFields, changes: ReportChanges): ReportChanges {
  return pickFields(before, (name) => changes[name] !== undefined);
}

function pickFields(report: ReportFields, isPicked: (name: FieldName) => boolean): ReportChanges {
  return Object.fromEntries(fieldNames.filter(isPicked).map((name) => [name, fieldOf(report, name)]));
}
