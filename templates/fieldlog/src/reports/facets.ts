// By what a list of reports can be narrowed with choices, each with a count: the facets.

import type { Doc } from "../../bothy/_generated/dataModel.js";
import { damages, phases, sizes, timesOfDay } from "../../bothy/shared/fields.ts";
import { damageLabel, statusLabel } from "../format.ts";

export const facetNames = [
  "status",
  "damage",
  "airport",
  "phase",
  "size",
  "time",
  "species",
  "month",
  "cost",
  "state",
] as const;
export type FacetName = (typeof facetNames)[number];

/** The value of a report in each facet: what stands in the address when it is chosen. */
export type FacetValues = Readonly<Record<FacetName, string>>;

interface Facet {
  readonly title: string;
  /** All choices in their order; absent where the reports tell which there are. */
  readonly choices?: readonly string[];
  /** How a choice is written on the screen, where that is not the choice itself. */
  readonly label?: (choice: string) => string;
}

/** What the records give where a report's airport has no state. */
export const noState = "none";

const monthFormat = new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" });

const costBands = [
  { choice: "none", from: 0, label: "No cost" },
  { choice: "to-1k", from: 1, label: "Under $1,000" },
  { choice: "to-10k", from: 1_000, label: "$1,000 to $9,999" },
  { choice: "to-100k", from: 10_000, label: "$10,000 to $99,999" },
  { choice: "over-100k", from: 100_000, label: "$100,000 and more" },
] as const;

const statuses: readonly Doc<"reports">["status"][] = ["open", "reviewed", "closed"];

/** Each facet with its title and its choices. Airports are named by whoever knows them: their choices are ids. */
export const facets: Readonly<Record<FacetName, Facet>> = {
  status: {
    title: "Status",
    choices: statuses,
    label: (choice) => statusLabel(statuses.find((status) => status === choice) ?? "open"),
  },
  damage: {
    title: "Damage",
    choices: damages,
    label: (choice) => damageLabel(damages.find((damage) => damage === choice) ?? "None"),
  },
  airport: { title: "Airport" },
  phase: { title: "Phase of flight", choices: phases },
  size: { title: "Wildlife size", choices: sizes },
  time: { title: "Time of day", choices: timesOfDay },
  species: { title: "Species" },
  month: {
    title: "Month",
    choices: Array.from({ length: 12 }, (_, index) => String(index + 1)),
    label: (choice) => monthFormat.format(Date.UTC(2000, Number(choice) - 1)),
  },
  cost: {
    title: "Total cost",
    choices: costBands.map(({ choice }) => choice),
    label: (choice) => costBands.find((band) => band.choice === choice)?.label ?? choice,
  },
  state: { title: "State", label: (choice) => (choice === noState ? "No state" : choice) },
};

/** Where a report stands in every facet. */
export function facetValuesOf(report: Doc<"reports">, airport: Doc<"airports"> | undefined): FacetValues {
  return {
    status: report.status,
    damage: report.damage,
    airport: report.airportId,
    phase: report.phase,
    size: report.size,
    time: report.timeOfDay,
    species: report.species,
    month: String(Number(report.date.slice(5, 7))),
    cost: costBandOf(report.costRepair + report.costOther),
    state: airport?.state ?? noState,
  };
}

/** The choice of the facet "cost" into which an amount of dollars falls. */
export function costBandOf(amount: number): string {
  return (costBands.findLast(({ from }) => amount >= from) ?? costBands[0]).choice;
}

/** How a choice is written on the screen. */
export function choiceLabel(name: FacetName, choice: string, airports: readonly Doc<"airports">[]): string {
  if (name !== "airport") return facets[name].label?.(choice) ?? choice;
  const airport = airports.find(({ _id }) => _id === choice);
  return airport?.iata ?? airport?.name ?? "Airport not picked";
}
