import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Chip } from "../elements/chip.tsx";
import { Link } from "../elements/link.tsx";
import { formatDay } from "../format.ts";
import { facetNames, facets, type FacetName } from "../reports/facets.ts";
import { choicesIn, clearFilters, narrowingOf, toggleChoice, withFilter } from "../reports/filters.ts";
import { periods } from "../reports/periods.ts";
import { navigate, type FilterText } from "../route.ts";
import { stateNames } from "./state-map.tsx";

interface ActiveFiltersProps {
  readonly filters: FilterText;
  readonly airports: readonly Doc<"airports">[];
}

/** By what the charts are narrowed, each taken back by a press; nothing where nothing narrows them. */
export function ActiveFilters({ filters, airports }: ActiveFiltersProps) {
  if (narrowingOf(filters).length === 0) return null;
  const chip = (text: string, without: FilterText) => (
    <li key={text}>
      <Chip onRemove={() => navigate({ screen: "charts", filters: without }, "replace")}>{text}</Chip>
    </li>
  );
  const { find, period, from, to } = filters;
  const preset = periods.find(({ name }) => name === period);
  const days = [from === undefined ? "" : `from ${formatDay(from)}`, to === undefined ? "" : `to ${formatDay(to)}`];
  return (
    <ul className="chart-filters" aria-label="Filters">
      {find === undefined ? null : chip(`“${find}”`, withFilter(filters, "find", ""))}
      {facetNames.flatMap((name) =>
        choicesIn(filters, name).map((choice) =>
          chip(choiceText(name, choice, airports), toggleChoice(filters, name, choice)),
        ),
      )}
      {preset === undefined ? null : chip(preset.label, withFilter(filters, "period", ""))}
      {from === undefined && to === undefined
        ? null
        : chip(days.join(" ").trim(), withFilter(withFilter(filters, "from", ""), "to", ""))}
      <li>
        <Link className="link" to={{ screen: "charts", filters: clearFilters(filters) }}>
          Clear all
        </Link>
      </li>
    </ul>
  );
}

function choiceText(name: FacetName, choice: string, airports: readonly Doc<"airports">[]): string {
  if (name === "airport") {
    const airport = airports.find(({ _id }) => _id === choice);
    return airport?.iata ?? airport?.name ?? "An airport that is not yours";
  }
  if (name === "state") return stateNames.get(choice) ?? facets.state.label?.(choice) ?? choice;
  return facets[name].label?.(choice) ?? choice;
}
