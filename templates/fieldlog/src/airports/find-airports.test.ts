import { expect, test } from "vitest";
import { findAirports } from "./find-airports.ts";

const dallas = { name: "Dallas-Fort Worth International", iata: "DFW", city: "Dallas-Fort Worth", state: "TX" };
const telluride = { name: "Telluride Regional", iata: "TEX", city: "Telluride", state: "CO" };
const texarkana = { name: "Texarkana Regional", iata: "TXK", city: "Texarkana", state: "AR" };
const unnamed = { name: "Somewhere" };
const airports = [dallas, texarkana, telluride, unnamed];

test("an empty search finds all, in their order", () => {
  expect(findAirports(airports, " ")).toEqual(airports);
});

test("every word must be there, in code, name, city or state", () => {
  expect(findAirports(airports, "tx dallas")).toEqual([dallas]);
  expect(findAirports(airports, "regional")).toEqual([texarkana, telluride]);
});

test("the airport whose code it is comes first", () => {
  expect(findAirports(airports, "tex")).toEqual([telluride, texarkana]);
});
