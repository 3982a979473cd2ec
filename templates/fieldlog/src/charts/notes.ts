// The sentence under the title of a chart: what one sees in it, in words.

import { formatCount, formatDay, formatDollarsShort, formatShare } from "../format.ts";
import type { Bar } from "./bars.ts";
import { addBuckets, emptyBucket, type Bucket } from "./tally.ts";

const listFormat = new Intl.ListFormat("en");

/** As many as are named for being alike; more stand out no longer. */
const tieCountMax = 3;

/** Names the highest bar, with its share; and the lowest, where bars stand for equal spans of time. */
export function peakNote(bars: readonly Bar[], isWithLowest = false): string {
  const known = bars.filter(({ key, bucket }) => key !== "others" && bucket.count > 0);
  const counts = known.map(({ bucket }) => bucket.count);
  const sum = bars.reduce((total, { bucket }) => total + bucket.count, 0);
  const [first] = known;
  if (first === undefined) return "Nothing to count.";
  if (known.length === 1) return `All in ${nameOf(first)}.`;
  const most = Math.max(...counts);
  const least = Math.min(...counts);
  const highest = known.filter(({ bucket }) => bucket.count === most);
  const lowest = known.filter(({ bucket }) => bucket.count === least);
  if (highest.length > tieCountMax) return "None stands out.";
  const share = `${formatShare(most / sum)}${highest.length > 1 ? " each" : ""}`;
  const head = `Most in ${listFormat.format(highest.map(nameOf))}, ${share}`;
  const [only] = lowest;
  return only !== undefined && lowest.length === 1 && isWithLowest ? `${head}; fewest in ${nameOf(only)}.` : `${head}.`;
}

/** A season is named without its months. */
function nameOf({ label }: Bar): string {
  return label.split(", ")[0] ?? label;
}

/** The year of the newest report is a part of one: a low last bar is no fall. */
export function yearsNote(bars: readonly Bar[], newestDay: string | undefined): string {
  const last = bars.at(-1);
  if (last === undefined || newestDay === undefined) return "Nothing to count.";
  const isPart = newestDay.startsWith(last.key) && newestDay < `${last.key}-12-01`;
  return isPart ? `${last.label} only until ${formatDay(newestDay)}.` : `${bars[0]?.label ?? ""} to ${last.label}.`;
}

/** How rare damage is, and how much of the cost comes with the worst of it. */
export function damageNote(bars: readonly Bar[]): string {
  const [costliest] = bars.toSorted((a, b) => b.bucket.cost - a.bucket.cost);
  const sum = bars.reduce<Bucket>((total, { bucket }) => addBuckets(total, bucket), emptyBucket);
  if (costliest === undefined || sum.count === 0) return "Nothing to count.";
  const rare = sum.damagedCount === 0 ? "None did damage" : `${formatShare(sum.damagedCount / sum.count)} did damage`;
  if (sum.cost === 0) return `${rare}.`;
  const name = costliest.key === "None" ? "strikes without damage are" : `${costliest.label.toLowerCase()} damage is`;
  return `${rare}; ${name} ${formatShare(costliest.bucket.cost / sum.cost)} of the cost.`;
}

/** How many birds nobody could name: most of them are gone before anyone looks. */
export function speciesNote(bars: readonly Bar[]): string {
  const sum = bars.reduce((total, { bucket }) => total + bucket.count, 0);
  if (sum === 0) return "Nothing to count.";
  const unnamed = bars.filter(({ key }) => key.startsWith("Unknown "));
  const unnamedCount = unnamed.reduce((total, { bucket }) => total + bucket.count, 0);
  const named = formatCount(bars.length - unnamed.length, "kind named", "kinds named");
  return unnamedCount === 0 ? `${named}.` : `${formatShare(unnamedCount / sum)} not identified; ${named}.`;
}

/** Which species costs most. */
export function costNote(bars: readonly Bar[]): string {
  const [first] = bars;
  if (first === undefined || first.bucket.cost === 0) return "No costs on record.";
  const sum = bars.reduce((total, { bucket }) => total + bucket.cost, 0);
  return `${first.label}: ${formatDollarsShort(first.bucket.cost)} of ${formatDollarsShort(sum)}.`;
}
