import { useState } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Checkbox } from "../elements/checkbox.tsx";
import { Icon } from "../elements/icon.tsx";
import { choiceLabel, facets, type FacetName } from "./facets.ts";

/** More choices than these are shown when they are asked for. */
const fewCount = 7;

interface FacetGroupProps {
  readonly name: FacetName;
  readonly airports: readonly Doc<"airports">[];
  readonly chosen: readonly string[];
  /** How many reports each choice would leave. */
  readonly counts: ReadonlyMap<string, number>;
  /** How many there are of each without any filter: gives the choices an order that stays while one chooses. */
  readonly totals: ReadonlyMap<string, number>;
  readonly onToggle: (choice: string) => void;
}

/** The choices of one facet, each with the number of reports that it would leave. */
export function FacetGroup({ name, airports, chosen, counts, totals, onToggle }: FacetGroupProps) {
  const [isWhole, setIsWhole] = useState(false);
  const choices = choicesOf(name, totals, chosen);
  const isLong = choices.length > fewCount + 2 && name !== "month";
  const shown =
    isLong && !isWhole ? choices.filter((choice, place) => place < fewCount || chosen.includes(choice)) : choices;
  return (
    <details className="facet" open={startsOpen.has(name) || chosen.length > 0} data-testid={`facet-${name}`}>
      <summary>
        <Icon name="forward" />
        <span>{facets[name].title}</span>
        {chosen.length > 0 ? <span className="facet-chosen">{chosen.length}</span> : null}
      </summary>
      <div role="group" aria-label={facets[name].title}>
        {shown.map((choice) => (
          <Checkbox
            key={choice}
            data-testid={`filter-${name}-${choice}`}
            data-none={(counts.get(choice) ?? 0) === 0}
            checked={chosen.includes(choice)}
            count={counts.get(choice) ?? 0}
            onChange={() => onToggle(choice)}
          >
            {name === "airport" ? (
              <AirportChoice airport={airports.find(({ _id }) => _id === choice)} />
            ) : (
              choiceLabel(name, choice, airports)
            )}
          </Checkbox>
        ))}
        {isLong ? (
          <button type="button" className="link facet-all" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
            {isWhole ? "Show fewer" : `Show all ${choices.length}`}
          </button>
        ) : null}
      </div>
    </details>
  );
}

function AirportChoice({ airport }: { readonly airport: Doc<"airports"> | undefined }) {
  return (
    <span className="facet-airport">
      <span className="facet-code">{airport?.iata ?? "–"}</span> {airport?.name ?? "Airport not picked"}
    </span>
  );
}

/** What airports ask of a list first. The others open with a press. */
const startsOpen: ReadonlySet<FacetName> = new Set(["status", "damage", "airport", "phase", "species"]);

function choicesOf(name: FacetName, totals: ReadonlyMap<string, number>, chosen: readonly string[]): readonly string[] {
  const known = facets[name].choices;
  if (known !== undefined) return known;
  const found = [...new Set([...totals.keys(), ...chosen])];
  return found.sort((a, b) => (totals.get(b) ?? 0) - (totals.get(a) ?? 0) || (a < b ? -1 : 1));
}
