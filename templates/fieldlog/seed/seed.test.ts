import { expect, test } from "vitest";
import { airportNames } from "./airport-names.mjs";
import { parseCsv } from "./csv.mjs";
import { seedRows } from "./rows.mjs";
import seed from "./seed.mjs";

const { airports, reports, summary } = seedRows();
const rows = reports(airports.map((_, index) => `airport ${index}`));

test("49 of the 50 names of the records match a listed airport, and 9,565 of the 10,000 rows", () => {
  expect(summary).toMatchObject({ nameCount: 50, matchedNameCount: 49, reportCount: 10_000, matchedReportCount: 9565 });
  expect(rows).toHaveLength(10_000);
});

test("all 3,376 listed airports are there, and the one that is missing is created and marked", () => {
  expect(summary.airportCount).toBe(3376);
  expect(airports).toHaveLength(3377);
  expect(airports.filter((airport) => airport.isUnlisted)).toEqual([
    { name: "Barksdale Air Force Base", iata: "BAD", state: "LA", country: "USA", isUnlisted: true, reportCount: 435 },
  ]);
});

test("every name stands in the state that the list of airports gives for its code", () => {
  const states = new Map(airports.map((airport) => [airport.iata, airport.state]));
  expect(airportNames.map(([, , iata]) => states.get(iata))).not.toContain(undefined);
  expect(states.get("DCA")).toBe("VA");
  expect(new Set(airportNames.map(([, , iata]) => iata)).size).toBe(50);
});

test("the counts of the airports add up to the reports", () => {
  expect(airports.reduce((sum, airport) => sum + airport.reportCount, 0)).toBe(10_000);
  const dallas = airports.findIndex((airport) => airport.iata === "DFW");
  expect(airports[dallas]?.reportCount).toBe(908);
  expect(rows.filter((row) => row.airportId === `airport ${dallas}`)).toHaveLength(908);
});

test("exact duplicates are kept, because each is a record", () => {
  expect(summary.duplicateCount).toBe(24);
  expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(10_000 - 24);
});

test("a missing speed is absent, not 0", () => {
  expect(rows.filter((row) => !("speedKnots" in row))).toHaveLength(2836);
  expect(rows.filter((row) => row.speedKnots === 300)).toHaveLength(13);
});

test("what the list does not know is absent, not NA", () => {
  expect(airports.filter((airport) => airport.state === undefined)).toHaveLength(12);
  expect(airports.some((airport) => airport.city === "NA" || airport.state === "NA")).toBe(false);
});

test("records of the last year are open, those of the year before reviewed, older ones closed", () => {
  const counts = new Map<string, number>();
  for (const { status } of rows) counts.set(status, (counts.get(status) ?? 0) + 1);
  expect(Object.fromEntries(counts)).toEqual({ closed: 8278, reviewed: 1095, open: 627 });
});

test("the import writes airports, then reports with their ids, then the mark that it is whole", async () => {
  const tables = new Map<string, object[]>();
  const server = {
    isEmpty: async (table: string) => !tables.has(table),
    insert: async (table: string, inserted: readonly object[]) => {
      const all = [...(tables.get(table) ?? []), ...inserted];
      tables.set(table, all);
      return inserted.map((_, index) => `${table} ${all.length - inserted.length + index}`);
    },
  };
  expect(await seed.isNeeded(server)).toBe(true);
  expect(await seed.run(server)).toContain("49 of the 50 names");
  expect([...tables].map(([table, all]) => [table, all.length])).toEqual([
    ["airports", 3377],
    ["reports", 10_000],
    ["seedRuns", 1],
  ]);
  expect(tables.get("reports")?.[0]).toMatchObject({
    airportId: "airports 3376",
    species: "Turkey vulture",
    speedKnots: 300,
  });
  expect(await seed.isNeeded(server)).toBe(false);
});

test("CSV may quote fields that hold commas, quotes and line ends", () => {
  expect(parseCsv('a,b\r\n"1,2","say ""hi""\nagain"\n,\n')).toEqual([
    { a: "1,2", b: 'say "hi"\nagain' },
    { a: "", b: "" },
  ]);
  expect(() => parseCsv('a,b\n1,x"y\n')).toThrow("Line 2");
  expect(() => parseCsv("a,b\n1\n")).toThrow("Line 2 has 1 fields");
});
