// Every report that this device holds of the picked airports, ready to be matched: for list, charts and counts alike.

import { useQuery } from "bothy/react";
import { useMemo } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { useSteady } from "../steady-query.ts";
import { facetValuesOf, type FacetValues } from "./facets.ts";

/** A report with what filters and charts ask of it. */
export interface HeldReport {
  readonly report: Doc<"reports">;
  readonly airport: Doc<"airports"> | undefined;
  /** All that "find" looks through, in lower case. */
  readonly text: string;
  readonly values: FacetValues;
}

export interface HeldReports {
  /** The picked airports by name; undefined until they are known. */
  readonly airports: readonly Doc<"airports">[] | undefined;
  /** Newest first; undefined until they are known. */
  readonly reports: readonly HeldReport[] | undefined;
  /** The day of the newest report, where the period presets end. */
  readonly newestDay: string | undefined;
  /** Nothing of it is still on its way to this device. */
  readonly isComplete: boolean;
  readonly error: unknown;
}

/** The one query of all reports held. Equal queries are one, so it costs the same however many components ask. */
export function useHeldReports(): HeldReports {
  const picked = useSteady(useQuery(api.shared.picks.airports, {}));
  const airports = picked.value;
  const found = useSteady(
    useQuery(
      api.shared.reports.list,
      airports === undefined ? "skip" : { airportIds: airports.map((airport) => airport._id) },
    ),
  );
  const isComplete = picked.complete && found.complete;
  const error = picked.error ?? found.error;
  return useMemo(
    () => ({
      airports,
      reports: found.value === undefined ? undefined : holdReports(found.value, airports ?? []),
      newestDay: found.value?.[0]?.date,
      isComplete,
      error,
    }),
    [airports, found.value, isComplete, error],
  );
}

const heldByDocument = new WeakMap<Doc<"reports">, HeldReport>();

/**
 * Puts beside each report what is asked of it. A document never changes, a changed report is a new one: so this is worked
 * out once for each, however often the list comes anew.
 */
export function holdReports(
  reports: readonly Doc<"reports">[],
  airports: readonly Doc<"airports">[],
): readonly HeldReport[] {
  const airportById = new Map(airports.map((airport) => [airport._id, airport]));
  return reports.map((report) => {
    const airport = airportById.get(report.airportId);
    const known = heldByDocument.get(report);
    if (known !== undefined && known.airport === airport) return known;
    const held = { report, airport, text: textOf(report, airport), values: facetValuesOf(report, airport) };
    heldByDocument.set(report, held);
    return held;
  });
}

function textOf(report: Doc<"reports">, airport: Doc<"airports"> | undefined): string {
  // Parted by what no word contains, so that none is found across two of them.
  return [report.species, report.aircraft, report.operator, airport?.iata, airport?.name].join("\n").toLowerCase();
}
