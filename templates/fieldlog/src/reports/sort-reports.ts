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
      return reports.toSorted((a, b) => harmOf(b) - harmOf(a));
    case "cost":
      return reports.toSorted((a, b) => costOf(b) - costOf(a));
    case "species":
      return sortBySpecies(reports);
  }
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

/** Ten thousand reports name some hundreds of species: only those are compared as text. */
function sortBySpecies(reports: readonly HeldReport[]): readonly HeldReport[] {
  const names = [...new Set(reports.map(({ report }) => report.species))].sort(speciesOrder.compare);
  const rank = new Map(names.map((name, place) => [name, place]));
  return reports.toSorted((a, b) => (rank.get(a.report.species) ?? 0) - (rank.get(b.report.species) ?? 0));
}

const speciesOrder = new Intl.Collator("en", { sensitivity: "base" });
