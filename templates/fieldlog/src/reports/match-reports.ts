// Which reports a list shows, and what each further choice would leave. Pure: for the list, the charts and their counts.

import { facetNames, type FacetName } from "./facets.ts";
import type { ReportFilters } from "./filters.ts";
import type { HeldReport } from "./held-reports.ts";

/** How many reports each choice of each facet would leave, given all other filters. A choice that is absent leaves none. */
export type FacetCounts = Readonly<Record<FacetName, ReadonlyMap<string, number>>>;

/** Tells whether there is anything that a report might not pass. */
export function narrows({ choices, from, to, words }: ReportFilters): boolean {
  return choices.size > 0 || from !== undefined || to !== undefined || words.length > 0;
}

/** The reports that pass all filters, in the order in which they came. */
export function matchReports(reports: readonly HeldReport[], filters: ReportFilters): readonly HeldReport[] {
  if (!narrows(filters)) return reports;
  const choices = [...filters.choices];
  return reports.filter(
    (held) => passesRest(held, filters) && choices.every(([name, chosen]) => chosen.has(held.values[name])),
  );
}

/**
 * Counts all choices of all facets in one walk. A report counts in a facet if it passes all others: in every facet if it
 * passes all, in one if it fails in that one alone.
 */
export function countFacets(reports: readonly HeldReport[], filters: ReportFilters): FacetCounts {
  const tallies = mapFacets(() => new Map<string, Tally>());
  const choices = [...filters.choices];
  for (const held of reports) {
    if (!passesRest(held, filters)) continue;
    let failedIn: FacetName | undefined;
    let failedCount = 0;
    for (const [name, chosen] of choices) {
      if (chosen.has(held.values[name])) continue;
      failedIn = name;
      failedCount++;
    }
    if (failedCount === 0) for (const name of facetNames) add(tallies[name], held.values[name]);
    else if (failedCount === 1 && failedIn !== undefined) add(tallies[failedIn], held.values[failedIn]);
  }
  return mapFacets((name) => new Map(Array.from(tallies[name], ([value, { count }]) => [value, count])));
}

/** An object, so that a value is looked up once for each report and not once more to be put back. */
interface Tally {
  count: number;
}

function add(tallies: Map<string, Tally>, value: string): void {
  const tally = tallies.get(value);
  if (tally === undefined) tallies.set(value, { count: 1 });
  else tally.count++;
}

/** Tells whether a report passes all that is not a choice in a facet. */
function passesRest({ report, text }: HeldReport, { from, to, words }: ReportFilters): boolean {
  return (
    (from === undefined || report.date >= from) &&
    (to === undefined || report.date <= to) &&
    words.every((word) => text.includes(word))
  );
}

/** A record of something for each facet. */
function mapFacets<Value>(of: (name: FacetName) => Value): Readonly<Record<FacetName, Value>> {
  return {
    status: of("status"),
    damage: of("damage"),
    airport: of("airport"),
    phase: of("phase"),
    size: of("size"),
    time: of("time"),
    species: of("species"),
    month: of("month"),
    cost: of("cost"),
    state: of("state"),
  };
}
