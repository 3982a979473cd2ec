import type { Doc } from "../../bothy/_generated/dataModel.js";
import { SelectField } from "../elements/field.tsx";

interface AirportFieldProps {
  readonly airports: readonly Doc<"airports">[];
  readonly startId: string | undefined;
}

/** Chooses among the picked airports. */
export function AirportField({ airports, startId }: AirportFieldProps) {
  return (
    <fieldset>
      <legend>Place</legend>
      <SelectField
        label="Airport"
        name="airportId"
        defaultValue={startId ?? airports[0]?._id ?? ""}
        options={airports.map((airport) => [airport._id, `${airport.iata ?? "–"} · ${airport.name}`])}
      />
    </fieldset>
  );
}
