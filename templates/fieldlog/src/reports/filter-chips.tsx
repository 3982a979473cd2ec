import { useRef } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Chip } from "../elements/chip.tsx";
import { Icon } from "../elements/icon.tsx";
import { Link } from "../elements/link.tsx";
import type { FilterText } from "../route.ts";
import { activeFilters } from "./active-filters.ts";
import { choiceLabel } from "./facets.ts";
import { clearFilters } from "./filters.ts";
import { focusPane } from "./focus-pane.ts";

interface FilterChipsProps {
  readonly airports: readonly Doc<"airports">[];
  readonly filters: FilterText;
  readonly onChange: (filters: FilterText) => void;
}

/**
 * Everything that narrows the list now, each taken away by a press, and the way to the charts of what is left: whoever came
 * from a bar of theirs goes back to it. What is typed stands in its own field.
 */
export function FilterChips({ airports, filters, onChange }: FilterChipsProps) {
  const group = useRef<HTMLDivElement>(null);
  const listOf = (text: FilterText) => activeFilters(text, (name, choice) => choiceLabel(name, choice, airports));
  const active = listOf(filters);
  if (active.length === 0) return null;
  const change = (next: FilterText) => {
    // The chip that had the focus is about to go, and with the last one the group.
    if (listOf(next).length === 0) focusPane(group.current);
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
      <Link className="link chips-charts" data-testid="show-charts" to={{ screen: "charts", filters }}>
        <Icon name="charts" />
        Show in charts
      </Link>
    </div>
  );
}
