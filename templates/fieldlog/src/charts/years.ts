// The chart of years: a year is chosen as first and last day, so that the list shows it like any other period.

import type { ReportFilters } from "../reports/filters.ts";
import type { FilterText } from "../route.ts";
import type { Bar } from "./bars.ts";
import { emptyBucket, type Buckets } from "./tally.ts";

type Period = Pick<ReportFilters, "from" | "to">;

/** One bar a year from the first report to the last, those without reports among them. */
export function yearBars(buckets: Buckets, text: FilterText, period: Period): readonly Bar[] {
  const years = [...buckets.keys()].map(Number);
  if (years.length === 0) return [];
  const first = Math.min(...years);
  const { from = "", to = "9999" } = period;
  const isFiltered = period.from !== undefined || period.to !== undefined;
  return Array.from({ length: Math.max(...years) - first + 1 }, (_, index) => {
    const key = String(first + index).padStart(4, "0");
    const isChosen = isFiltered && `${key}-12-31` >= from && `${key}-01-01` <= to;
    const bucket = buckets.get(key) ?? emptyBucket;
    return {
      key,
      label: key,
      bucket,
      isChosen,
      isLeftOut: isFiltered && !isChosen,
      target: bucket.count > 0 || isChosen ? chooseYear(text, period, key) : undefined,
    };
  });
}

/**
 * The filters after a click on a year. The first click chooses it, one outside of what is chosen stretches the choice up to
 * there, one inside leaves that year alone, and one on a year that stands alone takes the choice away.
 */
export function chooseYear(text: FilterText, { from, to }: Period, year: string): FilterText {
  const rest = Object.fromEntries(
    Object.entries(text).filter(([name]) => name !== "from" && name !== "to" && name !== "period"),
  );
  const isOnly = from === `${year}-01-01` && to === `${year}-12-31`;
  if (isOnly) return rest;
  const isInside = from === undefined || to === undefined || (year >= from.slice(0, 4) && year <= to.slice(0, 4));
  const firstYear = isInside || year < from ? year : from.slice(0, 4);
  const lastYear = isInside || year > to ? year : to.slice(0, 4);
  return { ...rest, from: `${firstYear}-01-01`, to: `${lastYear}-12-31` };
}
