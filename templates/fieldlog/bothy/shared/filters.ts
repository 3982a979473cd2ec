// Which reports a list shows. Pure, so that a screen can also count what each choice would leave.

import { v, type Infer } from "bothy";
import { damage, phase, size, type Damage, type Phase, type Size } from "./fields.ts";

export const reportFilters = v.object({
  /** Part of the species' name, in any case. */
  species: v.optional(v.string()),
  size: v.optional(size),
  phase: v.optional(phase),
  damage: v.optional(damage),
  /** First and last day, YYYY-MM-DD. */
  from: v.optional(v.string()),
  to: v.optional(v.string()),
});
export type ReportFilters = Infer<typeof reportFilters>;

interface Filterable {
  readonly species: string;
  readonly size: Size;
  readonly phase: Phase;
  readonly damage: Damage;
}

/** Tells whether a report passes all filters but the period, which the index has already applied. */
export function matchesFilters(report: Filterable, filters: ReportFilters): boolean {
  const species = filters.species?.trim().toLowerCase() ?? "";
  return (
    (filters.size === undefined || report.size === filters.size) &&
    (filters.phase === undefined || report.phase === filters.phase) &&
    (filters.damage === undefined || report.damage === filters.damage) &&
    (species === "" || report.species.toLowerCase().includes(species))
  );
}
