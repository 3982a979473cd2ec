// What stands in the address about the list, read and changed. What makes no sense there filters nothing.

import type { FilterName, FilterText } from "../route.ts";
import { facetNames, facets, type FacetName } from "./facets.ts";
import { periodStart } from "./periods.ts";
import { sortOf, type Sort } from "./sort-reports.ts";

/** Filters as `matchReports` takes them. */
export interface ReportFilters {
  /** Each must be somewhere in the text of a report; lower case. */
  readonly words: readonly string[];
  /** A report passes a facet with any one of the values chosen in it; a facet without choices lets all pass. */
  readonly choices: ReadonlyMap<FacetName, ReadonlySet<string>>;
  /** First and last day, YYYY-MM-DD. */
  readonly from?: string;
  readonly to?: string;
  readonly sort: Sort;
}

/** Makes filters of what stands in the address. `newestDay`: where the period presets end. */
export function parseFilterText(text: FilterText, newestDay: string | undefined): ReportFilters {
  const choices = new Map<FacetName, ReadonlySet<string>>();
  for (const name of facetNames) {
    const chosen = choicesIn(text, name);
    if (chosen.length > 0) choices.set(name, new Set(chosen));
  }
  const preset = newestDay === undefined ? undefined : periodStart(text["period"] ?? "", newestDay);
  const { from: first, to } = daysIn(text);
  const from = preset !== undefined && (first === undefined || preset > first) ? preset : first;
  return {
    words: wordsOf(text["find"] ?? ""),
    choices,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    sort: sortOf(text["sort"]),
  };
}

/** What is chosen in a facet, in the order of choosing. */
export function choicesIn(text: FilterText, name: FacetName): readonly string[] {
  const known = facets[name].choices;
  const chosen = (text[name] ?? "").split(",").map(unescapeComma);
  return chosen.filter((choice) => choice !== "" && (known === undefined || known.includes(choice)));
}

/** The filters with a choice of a facet added, or taken away if it was chosen. */
export function toggleChoice(text: FilterText, name: FacetName, choice: string): FilterText {
  const chosen = choicesIn(text, name);
  const next = chosen.includes(choice) ? chosen.filter((one) => one !== choice) : [...chosen, choice];
  return withChoices(text, name, next);
}

/** The filters with exactly these choices of a facet. */
export function withChoices(text: FilterText, name: FacetName, choices: readonly string[]): FilterText {
  return withFilter(text, name, choices.map(escapeComma).join(","));
}

/** The filters with one of them set; an empty text takes it away. A preset and days of one's own replace each other. */
export function withFilter(text: FilterText, name: FilterName, value: string): FilterText {
  const replaced: readonly string[] =
    name === "period" ? ["from", "to"] : ["from", "to"].includes(name) ? ["period"] : [];
  const kept = Object.entries(text).filter(([other]) => other !== name && !replaced.includes(other));
  return Object.fromEntries(value === "" ? kept : [...kept, [name, value]]);
}

/** The filters with this preset as their period; an empty name is all of the time. */
export function withPeriod(text: FilterText, name: string): FilterText {
  // Also where no preset was chosen: days of one's own go.
  const { from: _from, to: _to, ...rest } = text;
  return withFilter(rest, "period", name);
}

/** The days of one's own in the address, where they are days. */
export function daysIn({ from, to }: FilterText): {
  readonly from: string | undefined;
  readonly to: string | undefined;
} {
  return { from: isDay(from) ? from : undefined, to: isDay(to) ? to : undefined };
}

/** What of the address narrows the list: all but its order. */
export function narrowingOf(text: FilterText): readonly string[] {
  return Object.keys(text).filter((name) => name !== "sort");
}

/** The address without anything that narrows the list. */
export function clearFilters(text: FilterText): FilterText {
  return Object.fromEntries(Object.entries(text).filter(([name]) => name === "sort"));
}

/** The words that a report must contain, each anywhere. */
export function wordsOf(find: string): readonly string[] {
  return find
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

// Choices are parted by commas; a species may be written with one.
function escapeComma(choice: string): string {
  return choice.replaceAll("%", "%25").replaceAll(",", "%2C");
}

function unescapeComma(text: string): string {
  return text.replaceAll("%2C", ",").replaceAll("%25", "%");
}

function isDay(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text);
}
