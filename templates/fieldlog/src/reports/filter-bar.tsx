import { useState } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { damages, phases, sizes } from "../../bothy/shared/fields.ts";
import { InputField, SelectField } from "../elements/field.tsx";
import { damageLabel } from "../format.ts";
import type { FilterName, FilterText } from "../route.ts";
import { withFilter } from "./filters.ts";

interface FilterBarProps {
  readonly airports: readonly Doc<"airports">[];
  readonly filters: FilterText;
  readonly onChange: (filters: FilterText) => void;
}

/** What narrows the list. On a phone all but the find field fold away behind a button. */
export function FilterBar({ airports, filters, onChange }: FilterBarProps) {
  const [isOpen, setIsOpen] = useState(false);
  const { find = "", ...others } = filters;
  const otherCount = Object.keys(others).length;
  const set = (name: FilterName, text: string) => {
    onChange(withFilter(filters, name, text));
  };
  const select = (
    name: FilterName,
    label: string,
    any: string,
    options: readonly (string | readonly [string, string])[],
  ) => (
    <SelectField
      label={label}
      name={name}
      data-testid={`filter-${name}`}
      value={filters[name] ?? ""}
      options={[["", any], ...options]}
      onChange={(event) => set(name, event.target.value)}
    />
  );
  const day = (name: FilterName, label: string) => (
    <InputField
      label={label}
      name={name}
      data-testid={`filter-${name}`}
      type="date"
      value={filters[name] ?? ""}
      onChange={(event) => set(name, event.target.value)}
    />
  );
  return (
    <form
      className="filters"
      role="search"
      aria-label="Filter reports"
      data-testid="filters"
      data-open={isOpen}
      onSubmit={stay}
    >
      <div className="filters-first">
        <InputField
          label="Find"
          name="find"
          data-testid="filter-find"
          type="search"
          placeholder="Species, aircraft, operator, airport"
          autoComplete="off"
          value={find}
          onChange={(event) => set("find", event.target.value)}
        />
        <button type="button" className="filters-toggle" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          Filters{otherCount > 0 ? ` (${otherCount})` : ""}
        </button>
      </div>
      <div className="filters-more">
        {select(
          "airport",
          "Airport",
          "All airports",
          airports.map((airport) => [airport._id, airport.iata ?? airport.name]),
        )}
        {select("size", "Size", "Any size", sizes)}
        {select("phase", "Phase", "Any phase", phases)}
        {select(
          "damage",
          "Damage",
          "Any damage",
          damages.map((damage) => [damage, damageLabel(damage)]),
        )}
        {day("from", "From")}
        {day("to", "To")}
      </div>
    </form>
  );
}

/** The list follows while one types; Enter has nothing more to do. */
function stay(event: { preventDefault(): void }) {
  event.preventDefault();
}
