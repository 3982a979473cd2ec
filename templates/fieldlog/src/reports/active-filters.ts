// What narrows a list or a chart now, one by one: each with its text, and with what is left without it. Pure.

import { formatDay } from "../format.ts";
import type { FilterText } from "../route.ts";
import { facetNames, type FacetName } from "./facets.ts";
import { choicesIn, daysIn, toggleChoice, withFilter } from "./filters.ts";
import { periods } from "./periods.ts";

export interface ActiveFilter {
  readonly key: string;
  readonly label: string;
  /** The filters without it. */
  readonly without: FilterText;
}

/** All that narrows but the text to find. `labelOf`: how a choice is written. */
export function activeFilters(
  filters: FilterText,
  labelOf: (name: FacetName, choice: string) => string,
): readonly ActiveFilter[] {
  const { from, to } = daysIn(filters);
  const preset = periods.find(({ name }) => name === filters["period"]);
  const days: readonly (readonly ["period" | "from" | "to", string | undefined])[] = [
    ["period", preset?.label],
    ["from", from === undefined ? undefined : `From ${formatDay(from)}`],
    ["to", to === undefined ? undefined : `To ${formatDay(to)}`],
  ];
  return [
    ...days.flatMap(([key, label]) =>
      label === undefined ? [] : [{ key, label, without: withFilter(filters, key, "") }],
    ),
    ...facetNames.flatMap((name) =>
      choicesIn(filters, name).map((choice) => ({
        key: `${name} ${choice}`,
        label: labelOf(name, choice),
        without: toggleChoice(filters, name, choice),
      })),
    ),
  ];
}
