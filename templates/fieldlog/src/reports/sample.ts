// Reports for the tests of what is worked out over them.

import type { Doc } from "../../bothy/_generated/dataModel.js";
import { idFromText } from "../ids.ts";
import { holdReports, type HeldReport } from "./held-reports.ts";

/** Where they are; the second has neither code nor state. */
export const sampleAirports: readonly Doc<"airports">[] = [
  {
    _id: idFromText("a1"),
    _creationTime: 0,
    name: "Alder Field",
    iata: "ALD",
    state: "NE",
    country: "USA",
    reportCount: 1,
  },
  { _id: idFromText("a2"), _creationTime: 0, name: "Birch Field", country: "USA", reportCount: 1 },
];

const start = {
  _creationTime: 0,
  airportId: idFromText<"airports">("a1"),
  date: "2001-05-17",
  species: "Ring-billed gull",
  size: "Medium",
  phase: "Climb",
  timeOfDay: "Day",
  damage: "None",
  aircraft: "B-737-300",
  operator: "UNITED AIRLINES",
  costRepair: 0,
  costOther: 0,
  status: "open",
} as const;

/** One report held for each change of the usual one; the airport "a2" has no state. */
export function sampleReports(...changes: readonly Partial<Doc<"reports">>[]): readonly HeldReport[] {
  return holdReports(
    changes.map((change, index) => ({ ...start, _id: idFromText<"reports">(`r${index}`), ...change })),
    sampleAirports,
  );
}
