import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Plate } from "../elements/plate.tsx";
import { formatCount, placeOf } from "../format.ts";

interface AirportRowProps {
  readonly airport: Doc<"airports">;
  readonly isPicked: boolean;
  readonly onToggle: () => void;
}

/** An airport in the list, with the button that picks it. */
export function AirportRow({ airport, isPicked, onToggle }: AirportRowProps) {
  return (
    <div
      className="row airport-row"
      data-testid="airport-row"
      data-airport-id={airport._id}
      data-iata={airport.iata}
      data-picked={isPicked}
    >
      <Plate iata={airport.iata} />
      <span className="row-main">
        <strong className="row-title">{airport.name}</strong>
        <span className="row-sub">
          <span>{placeOf(airport)}</span>
          {airport.reportCount > 0 ? <span>{formatCount(airport.reportCount, "report")}</span> : null}
          {airport.isUnlisted ? <span className="tag">Known from reports only</span> : null}
        </span>
      </span>
      <button
        type="button"
        className="pick"
        data-testid="pick"
        aria-pressed={isPicked}
        aria-label={`${isPicked ? "Picked" : "Pick"}: ${airport.name}`}
        onClick={onToggle}
      >
        {isPicked ? "Picked" : "Pick"}
      </button>
    </div>
  );
}
