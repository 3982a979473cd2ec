// The fields of a report that a person fills in: what they may hold, and the rules that form, device and server share.

import { v, type Infer } from "bothy";

export const size = v.union(v.literal("Small"), v.literal("Medium"), v.literal("Large"));
export type Size = Infer<typeof size>;
export const sizes: readonly Size[] = ["Small", "Medium", "Large"];

export const phase = v.union(
  v.literal("Parked"),
  v.literal("Taxi"),
  v.literal("Take-off run"),
  v.literal("Climb"),
  v.literal("Descent"),
  v.literal("Approach"),
  v.literal("Landing Roll"),
);
export type Phase = Infer<typeof phase>;
export const phases: readonly Phase[] = [
  "Parked",
  "Taxi",
  "Take-off run",
  "Climb",
  "Descent",
  "Approach",
  "Landing Roll",
];

export const timeOfDay = v.union(v.literal("Dawn"), v.literal("Day"), v.literal("Dusk"), v.literal("Night"));
export type TimeOfDay = Infer<typeof timeOfDay>;
export const timesOfDay: readonly TimeOfDay[] = ["Dawn", "Day", "Dusk", "Night"];

/** "B" and "C" are mishap classes: the records of military operators give them in place of an amount. */
export const damage = v.union(
  v.literal("None"),
  v.literal("Minor"),
  v.literal("Medium"),
  v.literal("Substantial"),
  v.literal("B"),
  v.literal("C"),
);
export type Damage = Infer<typeof damage>;
export const damages: readonly Damage[] = ["None", "Minor", "Medium", "Substantial", "B", "C"];

export const reportFields = v.object({
  /** The day of the strike, as YYYY-MM-DD: sorts as text. */
  date: v.string(),
  species: v.string(),
  size,
  phase,
  timeOfDay,
  damage,
  aircraft: v.string(),
  operator: v.string(),
  /** Indicated air speed; absent when nobody noted it. */
  speedKnots: v.optional(v.number()),
  /** Whole US dollars. The total is their sum and is not stored. */
  costRepair: v.number(),
  costOther: v.number(),
});
export type ReportFields = Infer<typeof reportFields>;

/** An edit names only what it changes, so that edits of different fields on two devices both last. */
export const reportChanges = reportFields.partial().extend({
  /** null takes the speed away. */
  speedKnots: v.optional(v.union(v.number(), v.null())),
});
export type ReportChanges = Infer<typeof reportChanges>;

/** The name of a field that a person fills in. */
export type FieldName = keyof ReportFields;
export const fieldNames: readonly FieldName[] = [
  "date",
  "species",
  "size",
  "phase",
  "timeOfDay",
  "damage",
  "aircraft",
  "operator",
  "speedKnots",
  "costRepair",
  "costOther",
];

/** What a field holds; null: nothing was noted. */
export const fieldValue = v.union(v.string(), v.number(), v.null());
export type FieldValue = Infer<typeof fieldValue>;

/** The value of a report's field. */
export function fieldOf(report: ReportFields, field: FieldName): FieldValue {
  return report[field] ?? null;
}

/** What is wrong with a report, by field. Empty: nothing. */
export type Problems = { readonly [Field in keyof ReportFields]?: string };

const dayMs = 24 * 60 * 60 * 1000;
const textLengthMax = 80;
const speedKnotsMax = 1000;
const costMax = 1_000_000_000;

/** Checks the fields that types cannot: the form shows the answer, the mutations refuse by it. */
export function checkReport(fields: ReportChanges, nowMs: number): Problems {
  const found: [keyof ReportFields, string | undefined][] = [
    ["date", checkDate(fields.date, nowMs)],
    ["species", checkText(fields.species, "Name the species, or say “Unknown bird or bat”.")],
    ["aircraft", checkText(fields.aircraft, "Name the aircraft, or say “Unknown”.")],
    ["operator", checkText(fields.operator, "Name the operator, or say “UNKNOWN”.")],
    ["speedKnots", checkNumber(fields.speedKnots, speedKnotsMax)],
    ["costRepair", checkNumber(fields.costRepair, costMax)],
    ["costOther", checkNumber(fields.costOther, costMax)],
  ];
  return Object.fromEntries(found.filter(([, problem]) => problem !== undefined));
}

function checkDate(date: string | undefined, nowMs: number): string | undefined {
  if (date === undefined) return undefined;
  const timeMs = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  // Date.parse lets 30 February pass as 1 March.
  if (Number.isNaN(timeMs) || new Date(timeMs).toISOString().slice(0, 10) !== date)
    return "Give the day of the strike.";
  if (date < "1900-01-01") return "The day lies before 1900.";
  // Somewhere on Earth it is tomorrow already.
  if (timeMs > nowMs + dayMs) return "The day lies in the future.";
  return undefined;
}

function checkText(text: string | undefined, ifEmpty: string): string | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === "") return ifEmpty;
  if (text.length > textLengthMax) return `Keep it under ${textLengthMax} characters.`;
  return undefined;
}

function checkNumber(number: number | null | undefined, max: number): string | undefined {
  if (number === undefined || number === null) return undefined;
  if (!Number.isInteger(number)) return "Give a whole number.";
  if (number < 0) return "Give a number that is not negative.";
  if (number > max) return `Give a number up to ${max.toLocaleString("en")}.`;
  return undefined;
}
