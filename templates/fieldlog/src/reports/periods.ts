// Periods that end with the newest report: the records of an airport may end years ago, and "the last 30 days" of today
// would then be empty.

/** The presets, in the order in which they are offered. */
export const periods = [
  { name: "30d", label: "Last 30 days", short: "30 days", days: 30, months: 0 },
  { name: "12m", label: "Last 12 months", short: "1 year", days: 0, months: 12 },
  { name: "5y", label: "Last 5 years", short: "5 years", days: 0, months: 60 },
] as const;

/** The first day of a period whose last day is that of the newest report; undefined for a period that is not known. */
export function periodStart(name: string, newestDay: string): string | undefined {
  const period = periods.find((candidate) => candidate.name === name);
  const [year = Number.NaN, month = Number.NaN, day = Number.NaN] = newestDay.split("-").map(Number);
  if (period === undefined || Number.isNaN(Date.UTC(year, month - 1, day))) return undefined;
  const firstMonth = month - 1 - period.months;
  const lastDay = new Date(Date.UTC(year, firstMonth + 1, 0)).getUTCDate();
  // A year before 29 February was 28 February. The day itself lies before the period, so that a year has one of each day.
  const startMs = Date.UTC(year, firstMonth, Math.min(day, lastDay) - period.days + 1);
  return new Date(startMs).toISOString().slice(0, 10);
}
