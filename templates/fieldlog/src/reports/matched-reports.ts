import { useMemo } from "react";
import type { FilterText } from "../route.ts";
import { parseFilterText, type ReportFilters } from "./filters.ts";
import { useHeldReports, type HeldReport, type HeldReports } from "./held-reports.ts";
import { matchReports } from "./match-reports.ts";
import { sortReports } from "./sort-reports.ts";

export interface MatchedReports {
  readonly held: HeldReports;
  readonly filters: ReportFilters;
  /** Those that pass all filters, in the order that the address names; undefined until the held ones are known. */
  readonly matches: readonly HeldReport[] | undefined;
}

/** The reports that the filters of the address leave, for list and charts. */
export function useMatchedReports(text: FilterText): MatchedReports {
  const held = useHeldReports();
  const filters = useMemo(() => parseFilterText(text, held.newestDay), [text, held.newestDay]);
  // All are sorted, not those that match: a letter typed into "find" then sorts nothing.
  const sorted = useMemo(
    () => (held.reports === undefined ? undefined : sortReports(held.reports, filters.sort)),
    [held.reports, filters.sort],
  );
  const matches = useMemo(() => (sorted === undefined ? undefined : matchReports(sorted, filters)), [sorted, filters]);
  return { held, filters, matches };
}
