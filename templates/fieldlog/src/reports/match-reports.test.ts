import { assert, constantFrom, property, record, subarray, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { damages, phases, sizes, timesOfDay } from "../../bothy/shared/fields.ts";
import { idFromText } from "../ids.ts";
import type { FilterText } from "../route.ts";
import { facetNames, type FacetName } from "./facets.ts";
import { parseFilterText, withChoices } from "./filters.ts";
import { holdReports, type HeldReport } from "./held-reports.ts";
import { countFacets, matchReports } from "./match-reports.ts";
import { sampleAirports, sampleReports } from "./sample.ts";

/** Reports that did minor damage, if nothing else is said of it. */
function held(...changes: readonly Partial<Doc<"reports">>[]): readonly HeldReport[] {
  return sampleReports(...changes.map((change) => ({ damage: "Minor", ...change }) as const));
}

function found(reports: readonly HeldReport[], text: FilterText): readonly number[] {
  return matchReports(reports, parseFilterText(text, "2001-12-31")).map((report) => reports.indexOf(report));
}

test("every word is found in species, aircraft, operator, airport code and name, in any case", () => {
  const reports = held({}, { species: "Mallard", airportId: idFromText("a2") });
  expect(found(reports, {})).toEqual([0, 1]);
  expect(found(reports, { find: " GULL  united" })).toEqual([0]);
  expect(found(reports, { find: "b-737" })).toEqual([0, 1]);
  expect(found(reports, { find: "ald" })).toEqual([0]);
  expect(found(reports, { find: "birch mallard" })).toEqual([1]);
  expect(found(reports, { find: "gull mallard" })).toEqual([]);
});

test("a word is not found across two fields", () => {
  expect(found(held({ species: "Gull", aircraft: "A-320" }), { find: "lla" })).toEqual([]);
});

test("one of the values chosen in a facet is enough, and every facet must be passed", () => {
  const reports = held({}, { phase: "Taxi" }, { phase: "Parked" }, { phase: "Taxi", damage: "None" });
  expect(found(reports, { phase: "Climb,Taxi" })).toEqual([0, 1, 3]);
  expect(found(reports, { phase: "Climb,Taxi", damage: "None" })).toEqual([3]);
  expect(found(reports, { phase: "Hover" })).toEqual([0, 1, 2, 3]);
});

test("month, cost and state are found by what they follow from", () => {
  const reports = held(
    {},
    { date: "1999-12-01", costRepair: 900, costOther: 100 },
    { airportId: idFromText("a2"), costOther: 100_000 },
  );
  expect(found(reports, { month: "12" })).toEqual([1]);
  expect(found(reports, { cost: "none" })).toEqual([0]);
  expect(found(reports, { cost: "to-10k,over-100k" })).toEqual([1, 2]);
  expect(found(reports, { state: "none" })).toEqual([2]);
  expect(found(reports, { state: "NE" })).toEqual([0, 1]);
});

test("a period, and days of one's own, include both of their ends", () => {
  const reports = held({ date: "2001-12-31" }, { date: "2001-12-02" }, { date: "2001-12-01" });
  expect(found(reports, { period: "30d" })).toEqual([0, 1]);
  expect(found(reports, { from: "2001-12-01", to: "2001-12-02" })).toEqual([1, 2]);
});

test("a document keeps what was worked out of it, until its airport is another", () => {
  const [first] = held({});
  if (first === undefined) throw new Error("A report was made.");
  expect(holdReports([first.report], sampleAirports)[0]).toBe(first);
  const [renamed] = holdReports([first.report], [{ ...sampleAirports[0], name: "Aspen Field" } as Doc<"airports">]);
  expect(renamed?.text).toContain("aspen field");
});

const aReport = record({
  airportId: constantFrom(idFromText<"airports">("a1"), idFromText<"airports">("a2")),
  date: constantFrom("2001-01-31", "2001-02-01", "2001-11-30", "2000-12-31"),
  species: constantFrom("Gull, large", "Mallard", "100% unknown"),
  size: constantFrom(...sizes),
  phase: constantFrom(...phases),
  timeOfDay: constantFrom(...timesOfDay),
  damage: constantFrom(...damages),
  costRepair: constantFrom(0, 999, 1000, 99_999, 100_000),
  status: constantFrom("open" as const, "closed" as const),
});
const someReports = uniqueArray(aReport, { maxLength: 40, comparator: Object.is }).map((changes) => held(...changes));

/** Some choices in some facets, of those that may occur. */
const someFilters = record<Record<FacetName, readonly string[]>>({
  status: subarray(["open", "closed"]),
  damage: subarray([...damages]),
  airport: subarray(["a1", "a2"]),
  phase: subarray([...phases]),
  size: subarray([...sizes]),
  time: subarray([...timesOfDay]),
  species: subarray(["Gull, large", "Mallard", "100% unknown"]),
  month: subarray(["1", "2", "11", "12"]),
  cost: subarray(["none", "to-1k", "to-10k", "to-100k", "over-100k"]),
  state: subarray(["NE", "none"]),
});
const someRest = record({
  find: constantFrom("", "gull", "a l"),
  from: constantFrom("", "2001-01-31"),
  to: constantFrom("", "2001-02-01"),
});

function textOf(chosen: Record<FacetName, readonly string[]>, kept: readonly FacetName[]): FilterText {
  let text: FilterText = {};
  for (const name of kept) text = withChoices(text, name, chosen[name]);
  return text;
}

test("filters combined leave exactly what each of them leaves", () => {
  assert(
    property(someReports, someFilters, someRest, (reports, chosen, rest) => {
      const together = found(reports, { ...textOf(chosen, facetNames), ...rest });
      const each = [
        ...facetNames.map((name) => found(reports, textOf(chosen, [name]))),
        ...Object.entries(rest).map(([name, text]) => found(reports, { [name]: text })),
      ];
      const inAll = reports.map((_, place) => place).filter((place) => each.every((places) => places.includes(place)));
      expect(together).toEqual(inAll);
    }),
  );
});

test("the count of a choice is what it would leave if it alone were chosen in its facet, given all other filters", () => {
  assert(
    property(someReports, someFilters, someRest, (reports, chosen, rest) => {
      const text = { ...textOf(chosen, facetNames), ...rest };
      const counts = countFacets(reports, parseFilterText(text, "2001-12-31"));
      for (const name of facetNames) {
        const values = new Set(reports.map((report) => report.values[name]));
        for (const value of values) {
          const count = found(reports, withChoices(text, name, [value])).length;
          expect([name, value, counts[name].get(value) ?? 0]).toEqual([name, value, count]);
        }
        expect(new Set([...values, ...counts[name].keys()])).toEqual(values);
      }
    }),
  );
});
