import { damages } from "../../bothy/shared/fields.ts";
import type { HeldReport } from "./held-reports.ts";

/** The orders in which a list can stand. The first is how the query gives it. */
export const sorts = [
  { name: "newest", label: "Newest first" },
  { name: "oldest", label: "Oldest first" },
  { name: "damage", label: "Worst damage first" },
  { name: "cost", label: "Highest cost first" },
  { name: "species", label: "Species, A to Z" },
] as const;
export type Sort = (typeof sorts)[number]["name"];

/** The order that a text in the address names; newest first if it names none. */
export function sortOf(text: string | undefined): Sort {
  return sorts.find(({ name }) => name === text)?.name ?? "newest";
}

/** Reports in an order, out of reports that stand newest first: so stand also those that are equal. */
export function sortReports(reports: readonly HeldReport[], sort: Sort): readonly HeldReport[] {
  switch (sort) {
    case "newest":
      return reports;
    case "oldest":
      return reports.toReversed();
    case "damage":
      return sortInGroups(reports, harmOf, descending);
    case "cost":
      return sortInGroups(reports, costOf, descending);
    case "species":
      return sortInGroups(reports, ({ report }) => report.species, speciesOrder.compare);
  }
}

/** Ten thousand reports have some hundreds of species and of costs: only these are compared, and each report is looked at once. */
function sortInGroups<Key>(
  reports: readonly HeldReport[],
  keyOf: (held: HeldReport) => Key,
  compare: (a: Key, b: Key) => number,
): readonly HeldReport[] {
  const groups = new Map<Key, HeldReport[]>();
  for (const held of reports) {
    const key = keyOf(held);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [held]);
    else group.push(held);
  }
  return [...groups].sort(([a], [b]) => compare(a, b)).flatMap(([, group]) => group);
}

function descending(a: number, b: number): number {
  return b - a;
}

function costOf({ report }: HeldReport): number {
  return report.costRepair + report.costOther;
}

/** The mishap classes of military operators stand beside "Medium": above what is minor, below what is substantial. */
const harmRank = new Map<string, number>([...damages.entries()].map(([rank, damage]) => [damage, rank]));
harmRank.set("B", 2.5).set("C", 2.25);

function harmOf({ report }: HeldReport): number {
  return harmRank.get(report.damage) ?? 0;
}

/** "owl" stands beside "Owl", and yet before or behind it: two names are never equal. */
const speciesOrder = new Intl.Collator("en");
