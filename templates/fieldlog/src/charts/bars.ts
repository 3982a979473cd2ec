// The bars of every chart: in which order, how they are called, which of them filter, and where a click leads.

import { damages, phases } from "../../bothy/shared/fields.ts";
import { damageWord } from "../format.ts";
import { noState, type FacetName } from "../reports/facets.ts";
import { choicesIn, toggleChoice, withChoices } from "../reports/filters.ts";
import type { FilterText } from "../route.ts";
import { addBuckets, emptyBucket, type Bucket, type Buckets } from "./tally.ts";

/** One bar, one row or one state: what it counts and what a click on it chooses. */
export interface Bar {
  readonly key: string;
  readonly label: string;
  readonly bucket: Bucket;
  /** It is among what its chart filters by. */
  readonly isChosen: boolean;
  /** Others are, and it is not. */
  readonly isLeftOut: boolean;
  /** The filters after a click; undefined where there is nothing to choose. */
  readonly target: FilterText | undefined;
  /** Names a colour in the style sheet where bars of one chart differ. */
  readonly tone?: string;
}

export const seasons = [
  { key: "winter", label: "Winter", span: "Dec–Feb", months: ["12", "1", "2"] },
  { key: "spring", label: "Spring", span: "Mar–May", months: ["3", "4", "5"] },
  { key: "summer", label: "Summer", span: "Jun–Aug", months: ["6", "7", "8"] },
  { key: "autumn", label: "Autumn", span: "Sep–Nov", months: ["9", "10", "11"] },
] as const;

const monthNames = Array.from({ length: 12 }, (_, index) =>
  new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" }).format(Date.UTC(2000, index)),
);

/** January to December, each in the tone of its season. */
export function monthBars(buckets: Buckets, text: FilterText): readonly Bar[] {
  return monthNames.map((label, index) => {
    const month = String(index + 1);
    const tone = seasons.find(({ months }) => months.some((one) => one === month))?.key ?? "";
    return { ...facetBar("month", month, label, { buckets, text }), tone };
  });
}

/** The four seasons, each of three months: choosing one chooses these. */
export function seasonBars(buckets: Buckets, text: FilterText): readonly Bar[] {
  const chosen = choicesIn(text, "month");
  return seasons.map(({ key, label, span, months }) => {
    const bucket = sumOf(months.map((month) => buckets.get(month)));
    const others = chosen.filter((month) => !months.some((one) => one === month));
    const isChosen = chosen.length - others.length === months.length;
    const target = withChoices(text, "month", isChosen ? others : [...others, ...months]);
    return {
      key,
      label: `${label}, ${span}`,
      bucket,
      isChosen,
      isLeftOut: chosen.length > 0 && chosen.length === others.length,
      target: bucket.count > 0 || isChosen ? target : undefined,
      tone: key,
    };
  });
}

/** In the order of a flight. */
export function phaseBars(buckets: Buckets, text: FilterText): readonly Bar[] {
  return phases.map((phase) => facetBar("phase", phase, phase, { buckets, text }));
}

/** From none to most; the classes of the military only where there are any. */
export function damageBars(buckets: Buckets, text: FilterText): readonly Bar[] {
  return damages
    .map((damage) => ({ ...facetBar("damage", damage, damageWord(damage), { buckets, text }), tone: damage }))
    .filter(({ key, bucket, isChosen }) => key.length > 1 || bucket.count > 0 || isChosen);
}

/** The species that stand out, those chosen among them whatever they count, and all others in one row without a click. */
export function speciesBars(
  buckets: Buckets,
  text: FilterText,
  { measure, countMax }: { readonly measure: "count" | "cost"; readonly countMax: number },
): readonly Bar[] {
  const bars = allSpecies(buckets, text, measure).filter(({ bucket, isChosen }) => bucket[measure] > 0 || isChosen);
  const shown = new Set([...bars.filter(({ isChosen }) => isChosen), ...bars].slice(0, countMax));
  const rest = bars.filter((bar) => !shown.has(bar));
  const [only] = rest;
  if (only === undefined || rest.length === 1) return bars;
  const others: Bar = {
    key: "others",
    label: `${rest.length} others`,
    bucket: sumOf(rest.map(({ bucket }) => bucket)),
    isChosen: false,
    isLeftOut: only.isLeftOut,
    target: undefined,
    tone: "others",
  };
  return [...bars.filter((bar) => shown.has(bar)), others];
}

/** Every species, most first. */
export function allSpecies(buckets: Buckets, text: FilterText, measure: "count" | "cost"): readonly Bar[] {
  const names = new Set([...buckets.keys(), ...choicesIn(text, "species")]);
  return [...names]
    .map((name) => facetBar("species", name, name, { buckets, text }))
    .sort((a, b) => b.bucket[measure] - a.bucket[measure] || (a.label < b.label ? -1 : 1));
}

/** The states that a map names, and one bar for every other place in the records. */
export function stateBars(
  buckets: Buckets,
  text: FilterText,
  names: ReadonlyMap<string, string>,
): { readonly onMap: readonly Bar[]; readonly elsewhere: readonly Bar[] } {
  const onMap = [...names].map(([code, name]) => facetBar("state", code, name, { buckets, text }));
  const elsewhere = [...buckets.keys()]
    .filter((code) => !names.has(code))
    .sort()
    .map((code) => facetBar("state", code, code === noState ? "no state" : code, { buckets, text }));
  return { onMap, elsewhere };
}

/** The bar of a value in a facet of the list. */
function facetBar(
  name: FacetName,
  key: string,
  label: string,
  { buckets, text }: { readonly buckets: Buckets; readonly text: FilterText },
): Bar {
  const chosen = choicesIn(text, name);
  const bucket = buckets.get(key) ?? emptyBucket;
  const isChosen = chosen.includes(key);
  return {
    key,
    label,
    bucket,
    isChosen,
    isLeftOut: chosen.length > 0 && !isChosen,
    target: bucket.count > 0 || isChosen ? toggleChoice(text, name, key) : undefined,
  };
}

function sumOf(buckets: readonly (Bucket | undefined)[]): Bucket {
  return buckets.reduce<Bucket>((sum, bucket) => addBuckets(sum, bucket ?? emptyBucket), emptyBucket);
}
