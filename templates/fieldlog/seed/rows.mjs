// Turns the records of `vega-datasets` into rows of our tables: 10,000 bird strikes that were reported to the FAA, and
// the airports of the United States.

import { readFileSync } from "node:fs";
import { airportNames, stateCodes } from "./airport-names.mjs";
import { parseCsv } from "./csv.mjs";

/**
 * @typedef {{ name: string, iata?: string, city?: string, state?: string, country: string, latitude?: number,
 *   longitude?: number, isUnlisted?: true, reportCount: number }} AirportRow
 * @typedef {{ airportId: string, date: string, species: string, size: string, phase: string, timeOfDay: string,
 *   damage: string, aircraft: string, operator: string, speedKnots?: number, costRepair: number, costOther: number,
 *   status: "open" | "reviewed" | "closed" }} ReportRow
 * @typedef {Record<string, string>} CsvLine
 * @typedef {{ airportCount: number, reportCount: number, nameCount: number, matchedNameCount: number,
 *   matchedReportCount: number, created: { name: string, reportCount: number }[], duplicateCount: number,
 *   withoutSpeedCount: number }} SeedSummary
 */

/**
 * All rows, in the order of the files. Reports come by a function, because the server makes the airports' ids.
 * @returns {{ airports: AirportRow[], reports: (airportIds: readonly string[]) => ReportRow[], summary: SeedSummary }}
 */
export function seedRows() {
  const strikes = readRecords("birdstrikes.csv");
  const airports = readRecords("airports.csv").map(airportRow);
  const listedCount = airports.length;
  const indexByIata = new Map(airports.map((airport, index) => [airport.iata, index]));
  /** @type {Map<string, number>} */
  const indexByName = new Map();
  const places = strikes.map((strike) => {
    const name = column(strike, "Airport Name");
    const state = column(strike, "Origin State");
    const key = `${name}|${state}`;
    const iata = airportNames.find((entry) => entry[0] === name && entry[1] === state)?.[2];
    const index =
      indexByName.get(key) ?? indexByIata.get(iata) ?? airports.push(unlistedAirport(name, state, iata)) - 1;
    indexByName.set(key, index);
    const airport = airports[index];
    if (airport !== undefined) airport.reportCount += 1;
    return index;
  });
  const created = airports.slice(listedCount).map(({ name, reportCount }) => ({ name, reportCount }));
  return {
    airports,
    reports: (airportIds) => strikes.map((strike, index) => reportRow(strike, airportIds[places[index] ?? -1])),
    summary: {
      airportCount: listedCount,
      reportCount: strikes.length,
      nameCount: indexByName.size,
      matchedNameCount: indexByName.size - created.length,
      matchedReportCount: strikes.length - created.reduce((sum, { reportCount }) => sum + reportCount, 0),
      created,
      duplicateCount: strikes.length - new Set(strikes.map((strike) => JSON.stringify(strike))).size,
      withoutSpeedCount: strikes.filter((strike) => column(strike, "Speed IAS in knots") === "").length,
    },
  };
}

/** @param {CsvLine} line @returns {AirportRow} */
function airportRow(line) {
  return {
    name: column(line, "name").trim(),
    iata: column(line, "iata"),
    ...known("city", column(line, "city")),
    ...known("state", column(line, "state")),
    country: column(line, "country"),
    latitude: Number(column(line, "latitude")),
    longitude: Number(column(line, "longitude")),
    reportCount: 0,
  };
}

/** @param {string} name @param {string} state @param {string | undefined} iata @returns {AirportRow} */
function unlistedAirport(name, state, iata) {
  return {
    name: name
      .replace(/ ARPT$/, "")
      .toLowerCase()
      .replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()),
    ...(iata === undefined ? {} : { iata }),
    state: stateCodes[state] ?? state,
    country: "USA",
    isUnlisted: true,
    reportCount: 0,
  };
}

/** @param {CsvLine} line @param {string | undefined} airportId @returns {ReportRow} */
function reportRow(line, airportId) {
  if (airportId === undefined) throw new Error(`No id was given for ${column(line, "Airport Name")}.`);
  const speed = column(line, "Speed IAS in knots");
  return {
    airportId,
    date: column(line, "Flight Date"),
    species: column(line, "Wildlife Species"),
    size: column(line, "Wildlife Size"),
    phase: column(line, "Phase of flight"),
    timeOfDay: column(line, "Time of day"),
    damage: column(line, "Effect Amount of damage"),
    aircraft: column(line, "Aircraft Make Model"),
    operator: column(line, "Aircraft Airline Operator"),
    // An empty field is a speed that nobody noted, which is not a speed of 0.
    ...(speed === "" ? {} : { speedKnots: Number(speed) }),
    costRepair: Number(column(line, "Cost Repair")),
    costOther: Number(column(line, "Cost Other")),
    status: statusOf(column(line, "Flight Date")),
  };
}

/**
 * The records say nothing of how far each has come; an airport would have closed the old ones and checked those of last year.
 * @param {string} date
 */
function statusOf(date) {
  if (date < "2001-01-01") return "closed";
  return date < "2002-01-01" ? "reviewed" : "open";
}

/** The list writes "NA" for what it does not know. @param {"city" | "state"} field @param {string} text */
function known(field, text) {
  return text === "NA" || text === "" ? {} : { [field]: text };
}

/** @param {CsvLine} line @param {string} name */
function column(line, name) {
  const text = line[name];
  if (text === undefined) throw new Error(`The file has no column "${name}".`);
  return text;
}

/** The package exports no path to its data, so the way leads from its door. @param {string} file */
function readRecords(file) {
  return parseCsv(readFileSync(new URL(`../data/${file}`, import.meta.resolve("vega-datasets")), "utf8"));
}
