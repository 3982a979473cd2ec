// What the fields of a report are called, and how what they hold is written.

import { damages, type FieldName, type FieldValue } from "../../bothy/shared/fields.ts";
import { damageLabel, formatDay, formatDollars } from "../format.ts";

/** The name of each field on the screen. */
export const fieldLabels: Readonly<Record<FieldName, string>> = {
  date: "Date",
  species: "Species",
  size: "Size",
  phase: "Phase of flight",
  timeOfDay: "Time of day",
  damage: "Damage",
  aircraft: "Aircraft",
  operator: "Operator",
  speedKnots: "Speed",
  costRepair: "Repair",
  costOther: "Other costs",
};

/** Writes the value of a field as it stands on the screen. */
export function fieldText(field: FieldName, value: FieldValue): string {
  if (value === null) return "Not noted";
  if (typeof value === "number") return field === "speedKnots" ? `${value} kn` : formatDollars(value);
  if (field === "date") return formatDay(value);
  const damage = field === "damage" ? damages.find((one) => one === value) : undefined;
  return damage === undefined ? value : damageLabel(damage);
}
