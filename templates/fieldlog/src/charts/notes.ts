// The sentence under the title of a chart: what one sees in it, in words.

import { formatDay, formatDollarsShort, formatShare } from "../format.ts";
import type { Bar } from "./bars.ts";
import type { Bucket } from "./tally.ts";

/** Names the highest bar, with its share; and the lowest, where bars stand for equal spans of time. */
export function peakNote(bars: readonly Bar[], isWithLowest = false): string {
  const known = bars.filter(({ key, bucket }) => key !== "others" && bucket.count > 0);
  const [first] = known;
  if (first === undefined) return "Nothing to count.";
  const most = known.reduce((a, b) => (b.bucket.count > a.bucket.count ? b : a), first);
  if (known.length === 1) return `All in ${most.label}.`;
  const sum = bars.reduce((total, { bucket }) => total + bucket.count, 0);
  const share = formatShare(most.bucket.count / sum);
  const [name] = most.label.split(", ");
  if (!isWithLowest) return `${name} has most: ${share}.`;
  const least = known.reduce((a, b) => (b.bucket.count < a.bucket.count ? b : a), first);
  return `Most in ${most.label}, ${share}; fewest in ${least.label}.`;
}

/** The year of the newest report is a part of one: a low last bar is no fall. */
export function yearsNote(bars: readonly Bar[], newestDay: string | undefined): string {
  const last = bars.at(-1);
  if (last === undefined || newestDay === undefined) return "Nothing to count.";
  const isPart = newestDay.startsWith(last.key) && newestDay < `${last.key}-12-01`;
  return isPart ? `${last.label} only until ${formatDay(newestDay)}.` : `${bars[0]?.label ?? ""} to ${last.label}.`;
}

/** How rare damage is, and how much of the cost is its. */
export function damageNote(total: Bucket, bars: readonly Bar[]): string {
  const costliest = bars.toSorted((a, b) => b.bucket.cost - a.bucket.cost)[0];
  if (total.count === 0) return "Nothing to count.";
  const rare =
    total.damagedCount === 0 ? "None did damage" : `${formatShare(total.damagedCount / total.count)} did damage`;
  if (costliest === undefined || total.cost === 0) return `${rare}.`;
  return `${rare}; ${costliest.label.toLowerCase()} damage is ${formatShare(costliest.bucket.cost / total.cost)} of the cost.`;
}

/** Which species costs most. */
export function costNote(bars: readonly Bar[]): string {
  const [first] = bars;
  if (first === undefined || first.bucket.cost === 0) return "No costs on record.";
  const sum = bars.reduce((total, { bucket }) => total + bucket.cost, 0);
  return `${first.label}: ${formatDollarsShort(first.bucket.cost)} of ${formatDollarsShort(sum)}.`;
}
