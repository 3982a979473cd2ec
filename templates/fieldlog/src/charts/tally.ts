// What the charts show, worked out of the reports held in one walk.

import type { FacetName } from "../reports/facets.ts";
import type { ReportFilters } from "../reports/filters.ts";
import type { HeldReport } from "../reports/held-reports.ts";

/** How many reports, how many of them with damage, and what they cost in US dollars. */
export interface Bucket {
  readonly count: number;
  readonly damagedCount: number;
  readonly cost: number;
}

/** The buckets of a chart by value. A value without reports is absent. */
export type Buckets = ReadonlyMap<string, Bucket>;

/** What a chart splits the reports by. A year is no facet of the list: it is chosen as first and last day. */
export type Charted = "month" | "species" | "phase" | "damage" | "state" | "year";

export interface Tally {
  /** Of the reports that pass all filters. */
  readonly total: Bucket;
  /** The one among them that cost most; undefined if none cost anything. */
  readonly costliest: HeldReport | undefined;
  readonly buckets: Readonly<Record<Charted, Buckets>>;
}

export const emptyBucket: Bucket = { count: 0, damagedCount: 0, cost: 0 };

/** A bucket while it is filled: in place, because this runs for every report whenever one changes. */
type Counter = { -readonly [Key in keyof Bucket]: number };
type Counters = Map<string, Counter>;

/**
 * Tallies the reports for all charts at once. A chart leaves its own choices out of account, so that whatever else could be
 * chosen in it keeps its bar: a report that one facet alone keeps out still counts in the chart of that facet.
 */
export function tallyReports(reports: readonly HeldReport[], filters: ReportFilters): Tally {
  const counters = (): Counters => new Map();
  const buckets = {
    month: counters(),
    species: counters(),
    phase: counters(),
    damage: counters(),
    state: counters(),
    year: counters(),
  };
  const byFacet: Partial<Record<FacetName | Charted, Counters>> = buckets;
  const choices = [...filters.choices];
  const total = { ...emptyBucket };
  let costliest: HeldReport | undefined;
  for (const held of reports) {
    const failed = failedIn(held, filters, choices);
    if (failed === "several") continue;
    if (failed !== "none") {
      const own = byFacet[failed];
      if (own !== undefined) addTo(own, failed === "year" ? yearOf(held) : held.values[failed], held);
      continue;
    }
    addTo(buckets.month, held.values.month, held);
    addTo(buckets.species, held.values.species, held);
    addTo(buckets.phase, held.values.phase, held);
    addTo(buckets.damage, held.values.damage, held);
    addTo(buckets.state, held.values.state, held);
    addTo(buckets.year, yearOf(held), held);
    add(total, held);
    if (costOf(held) > (costliest === undefined ? 0 : costOf(costliest))) costliest = held;
  }
  return { total, costliest, buckets };
}

/** Two buckets as one. */
export function addBuckets(a: Bucket, b: Bucket): Bucket {
  return { count: a.count + b.count, damagedCount: a.damagedCount + b.damagedCount, cost: a.cost + b.cost };
}

/** What keeps a report out: nothing, one facet or the period alone, or more, which also stands for a text that it lacks. */
function failedIn(
  { report, text, values }: HeldReport,
  { words, from = "", to = "9999" }: ReportFilters,
  choices: readonly (readonly [FacetName, ReadonlySet<string>])[],
): FacetName | "year" | "none" | "several" {
  for (const word of words) if (!text.includes(word)) return "several";
  let failed: FacetName | "year" | "none" = report.date >= from && report.date <= to ? "none" : "year";
  for (const [name, chosen] of choices) {
    if (chosen.has(values[name])) continue;
    if (failed !== "none") return "several";
    failed = name;
  }
  return failed;
}

function addTo(counters: Counters, value: string, held: HeldReport): void {
  let counter = counters.get(value);
  if (counter === undefined) {
    counter = { ...emptyBucket };
    counters.set(value, counter);
  }
  add(counter, held);
}

function add(counter: Counter, held: HeldReport): void {
  counter.count += 1;
  if (held.report.damage !== "None") counter.damagedCount += 1;
  counter.cost += costOf(held);
}

function yearOf({ report }: HeldReport): string {
  return report.date.slice(0, 4);
}

function costOf({ report }: HeldReport): number {
  return report.costRepair + report.costOther;
}
