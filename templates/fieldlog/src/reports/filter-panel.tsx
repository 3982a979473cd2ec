import { memo, useMemo } from "react";
import { InputField } from "../elements/field.tsx";
import { Segments } from "../elements/segments.tsx";
import type { FilterText } from "../route.ts";
import { FacetGroup } from "./facet-group.tsx";
import { facetNames } from "./facets.ts";
import { choicesIn, parseFilterText, toggleChoice, withFilter, withPeriod, type ReportFilters } from "./filters.ts";
import type { HeldReports } from "./held-reports.ts";
import { countFacets, narrows } from "./match-reports.ts";
import { periods } from "./periods.ts";

interface FilterPanelProps {
  readonly held: HeldReports;
  /** As they stand in the address, and as the list has taken them: counts may be a moment behind a press. */
  readonly text: FilterText;
  readonly filters: ReportFilters;
  readonly onChange: (filters: FilterText) => void;
}

const noFilters = parseFilterText({}, undefined);

/** All that narrows the list but the text: a period, and facets whose choices say how many reports they would leave. */
export const FilterPanel = memo(function FilterPanel({ held, text, filters, onChange }: FilterPanelProps) {
  const reports = held.reports;
  const totals = useMemo(() => countFacets(reports ?? [], noFilters), [reports]);
  const counts = useMemo(
    () => (narrows(filters) ? countFacets(reports ?? [], filters) : totals),
    [reports, filters, totals],
  );
  return (
    <div className="filter-panel" data-testid="filter-panel">
      <Period text={text} onChange={onChange} />
      {facetNames.map((name) => (
        <FacetGroup
          key={name}
          name={name}
          airports={held.airports ?? []}
          chosen={choicesIn(text, name)}
          counts={counts[name]}
          totals={totals[name]}
          onToggle={(choice) => onChange(toggleChoice(text, name, choice))}
        />
      ))}
    </div>
  );
});

function Period({ text, onChange }: { readonly text: FilterText; readonly onChange: (filters: FilterText) => void }) {
  const day = (name: "from" | "to", label: string) => (
    <InputField
      label={label}
      name={name}
      data-testid={`filter-${name}`}
      type="date"
      value={text[name] ?? ""}
      onChange={(event) => onChange(withFilter(text, name, event.target.value))}
    />
  );
  const isOwn = text["from"] !== undefined || text["to"] !== undefined;
  return (
    <div className="period" data-own={isOwn}>
      <Segments
        label="Up to the newest report"
        options={[{ value: "", text: "All" }, ...periods.map(({ name, short }) => ({ value: name, text: short }))]}
        value={isOwn ? "own" : (text["period"] ?? "")}
        onChange={(name) => onChange(withPeriod(text, name))}
      />
      <div className="period-days">
        {day("from", "From")}
        {day("to", "To")}
      </div>
    </div>
  );
}
