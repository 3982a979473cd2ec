import { useRef } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Chip } from "../elements/chip.tsx";
import { Link } from "../elements/link.tsx";
import { activeFilters, type ActiveFilter } from "../reports/active-filters.ts";
import { choiceLabel } from "../reports/facets.ts";
import { clearFilters, narrowingOf, withFilter } from "../reports/filters.ts";
import { navigate, type FilterText } from "../route.ts";
import { stateNames } from "./state-map.tsx";

interface ActiveFiltersProps {
  readonly filters: FilterText;
  readonly airports: readonly Doc<"airports">[];
}

/** By what the charts are narrowed, each taken back by a press; nothing where nothing narrows them. */
export function ActiveFilters({ filters, airports }: ActiveFiltersProps) {
  const list = useRef<HTMLUListElement>(null);
  if (narrowingOf(filters).length === 0) return null;
  const { find } = filters;
  const typed: readonly ActiveFilter[] =
    find === undefined ? [] : [{ key: "find", label: `“${find}”`, without: withFilter(filters, "find", "") }];
  const chosen = activeFilters(
    filters,
    (name, choice) => (name === "state" ? stateNames.get(choice) : undefined) ?? choiceLabel(name, choice, airports),
  );
  const remove = ({ without }: ActiveFilter) => {
    // The chip that had the focus is about to go, and with the last one the list.
    const next = narrowingOf(without).length > 0 ? list.current : list.current?.closest("main");
    next?.focus({ preventScroll: true });
    navigate({ screen: "charts", filters: without }, "replace");
  };
  return (
    <ul className="chart-filters" aria-label="Filters" tabIndex={-1} ref={list}>
      {[...typed, ...chosen].map((filter) => (
        <li key={filter.key}>
          <Chip onRemove={() => remove(filter)}>{filter.label}</Chip>
        </li>
      ))}
      <li>
        <Link className="link" to={{ screen: "charts", filters: clearFilters(filters) }}>
          Clear all
        </Link>
      </li>
    </ul>
  );
}
