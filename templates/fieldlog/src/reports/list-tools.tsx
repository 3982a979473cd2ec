import type { Ref } from "react";
import { Icon } from "../elements/icon.tsx";
import { Popover } from "../elements/popover.tsx";
import type { FilterText } from "../route.ts";
import { withFilter } from "./filters.ts";
import { sortOf, sorts } from "./sort-reports.ts";

interface ListToolsProps {
  readonly filters: FilterText;
  readonly onChange: (filters: FilterText) => void;
  readonly onFind: (find: string) => void;
  readonly findField: Ref<HTMLInputElement>;
  /** Leaves the find field for the list. */
  readonly onLeave: () => void;
  /** Filters that stand in the panel. */
  readonly panelCount: number;
  readonly isPanelOpen: boolean;
  readonly onPanel: () => void;
}

/** The line above the list: find, filters, order. */
export function ListTools(props: ListToolsProps) {
  const { filters, onChange, onFind, findField, onLeave, panelCount, isPanelOpen, onPanel } = props;
  const find = filters["find"] ?? "";
  return (
    <search className="list-tools" aria-label="Reports">
      <div className="field find">
        <Icon name="search" />
        <input
          ref={findField}
          type="search"
          name="find"
          aria-label="Find in species, aircraft, operator and airport"
          data-testid="filter-find"
          placeholder="Species, airport …"
          autoComplete="off"
          enterKeyHint="search"
          value={find}
          onChange={(event) => onFind(event.target.value)}
          onKeyDown={(event) => {
            const isDone =
              event.key === "Enter" || event.key === "ArrowDown" || (event.key === "Escape" && find === "");
            if (!isDone) return;
            event.preventDefault();
            onLeave();
          }}
        />
      </div>
      <button
        type="button"
        className="button button-quiet tool"
        data-testid="filters-toggle"
        aria-expanded={isPanelOpen}
        onClick={onPanel}
      >
        <Icon name="filter" />
        <span className="tool-text">Filters</span>{" "}
        {panelCount > 0 ? <span className="facet-chosen">{panelCount}</span> : null}
        {panelCount > 0 ? <span className="unseen">active</span> : null}
      </button>
      <SortMenu filters={filters} onChange={onChange} />
    </search>
  );
}

function SortMenu({ filters, onChange }: Pick<ListToolsProps, "filters" | "onChange">) {
  const sort = sortOf(filters["sort"]);
  const label = sorts.find(({ name }) => name === sort)?.label ?? "";
  return (
    <Popover
      label="Order of the list"
      testId="sort"
      buttonClass="button button-quiet tool tool-icon"
      button={
        <>
          <Icon name="sort" />
          <span className="unseen">Order: {label}</span>
        </>
      }
    >
      {sorts.map((option) => (
        <button
          key={option.name}
          type="button"
          className="menu-item"
          aria-current={option.name === sort ? "true" : undefined}
          data-testid={`sort-${option.name}`}
          onClick={() => onChange(withFilter(filters, "sort", option.name === "newest" ? "" : option.name))}
        >
          <span className="menu-check">{option.name === sort ? <Icon name="check" /> : null}</span>
          {option.label}
        </button>
      ))}
    </Popover>
  );
}
