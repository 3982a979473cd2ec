import { useRef } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Chip } from "../elements/chip.tsx";
import { formatDay } from "../format.ts";
import type { FilterText } from "../route.ts";
import { choiceLabel, facetNames } from "./facets.ts";
import { choicesIn, clearFilters, toggleChoice, withFilter } from "./filters.ts";
import { focusPane } from "./focus-pane.ts";
import { periods } from "./periods.ts";

interface FilterChipsProps {
  readonly airports: readonly Doc<"airports">[];
  readonly filters: FilterText;
  readonly onChange: (filters: FilterText) => void;
}

/** Everything that narrows the list now, each taken away by a press. What is typed stands in its own field. */
export function FilterChips({ airports, filters, onChange }: FilterChipsProps) {
  const group = useRef<HTMLDivElement>(null);
  const active = activeFilters(filters, airports);
  if (active.length === 0) return null;
  const change = (next: FilterText) => {
    // The chip that had the focus is about to go, and with the last one the group.
    if (activeFilters(next, airports).length === 0) focusPane(group.current);
    else group.current?.focus();
    onChange(next);
  };
  return (
    <div className="chips" role="group" aria-label="Active filters" tabIndex={-1} ref={group} data-testid="chips">
      {active.map(({ key, label, without }) => (
        <Chip key={key} onRemove={() => change(without)}>
          {label}
        </Chip>
      ))}
      <button
        type="button"
        className="link chips-clear"
        data-testid="clear-filters"
        onClick={() => change(clearFilters(filters))}
      >
        Clear all
      </button>
    </div>
  );
}

interface ActiveFilter {
  readonly key: string;
  readonly label: string;
  /** The filters without it. */
  readonly without: FilterText;
}

function activeFilters(filters: FilterText, airports: readonly Doc<"airports">[]): readonly ActiveFilter[] {
  const { period, from, to } = filters;
  const preset = periods.find(({ name }) => name === period);
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
        label: choiceLabel(name, choice, airports),
        without: toggleChoice(filters, name, choice),
      })),
    ),
  ];
}
