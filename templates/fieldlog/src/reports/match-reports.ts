// Which reports a list shows, and what each further choice would leave. Pure: for the list, the charts and their counts.

import { facetNames, type FacetName } from "./facets.ts";
import type { ReportFilters } from "./filters.ts";
import type { HeldReport } from "./held-reports.ts";

/** How many reports each choice of each facet would leave, given all other filters. A choice that is absent leaves none. */
export type FacetCounts = Readonly<Record<FacetName, ReadonlyMap<string, number>>>;

/** The reports that pass all filters, in the order in which they came. */
export function matchReports(reports: readonly HeldReport[], filters: ReportFilters): readonly HeldReport[] {
  const choices = [...filters.choices];
  if (choices.length === 0 && !hasRest(filters)) return reports;
  return reports.filter(
    (held) => passesRest(held, filters) && choices.every(([name, chosen]) => chosen.has(held.values[name])),
  );
}

/**
 * Counts all choices of all facets in one walk. A report counts in a facet if it passes all others: in every facet if it
 * passes all, in one if it fails in that one alone.
 */
export function countFacets(reports: readonly HeldReport[], filters: ReportFilters): FacetCounts {
  const counts = emptyCounts();
  const choices = [...filters.choices];
  for (const held of reports) {
    if (!passesRest(held, filters)) continue;
    const failed = choices.filter(([name, chosen]) => !chosen.has(held.values[name]));
    if (failed.length > 1) continue;
    const counted = failed.length === 0 ? facetNames : failed.map(([name]) => name);
    for (const name of counted) {
      const value = held.values[name];
      counts[name].set(value, (counts[name].get(value) ?? 0) + 1);
    }
  }
  return counts;
}

/** Tells whether a report passes all that is not a choice in a facet. */
function passesRest({ report, text }: HeldReport, { from, to, words }: ReportFilters): boolean {
  return (
    (from === undefined || report.date >= from) &&
    (to === undefined || report.date <= to) &&
    words.every((word) => text.includes(word))
  );
}

function hasRest({ from, to, words }: ReportFilters): boolean {
  return from !== undefined || to !== undefined || words.length > 0;
}

function emptyCounts(): Record<FacetName, Map<string, number>> {
  const counted = (): Map<string, number> => new Map();
  return {
    status: counted(),
    damage: counted(),
    airport: counted(),
    phase: counted(),
    size: counted(),
    time: counted(),
    species: counted(),
    month: counted(),
    cost: counted(),
    state: counted(),
  };
}
