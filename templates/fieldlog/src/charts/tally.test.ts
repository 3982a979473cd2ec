import { assert, constantFrom, property, record, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import { idFromText } from "../ids.ts";
import { parseFilterText } from "../reports/filters.ts";
import { matchReports } from "../reports/match-reports.ts";
import type { FilterText } from "../route.ts";
import { sampleReports } from "../reports/sample.ts";
import { tallyReports, type Charted, type Tally } from "./tally.ts";

const newestDay = "2001-12-31";

function tally(reports: ReturnType<typeof sampleReports>, text: FilterText): Tally {
  return tallyReports(reports, parseFilterText(text, newestDay));
}

test("a bucket counts reports, those with damage, and both costs", () => {
  const reports = sampleReports(
    { costRepair: 1_000, costOther: 20, damage: "Minor" },
    { costRepair: 500, phase: "Approach" },
    { damage: "B" },
  );
  const { total, costliest, buckets } = tally(reports, {});
  expect(total).toEqual({ count: 3, damagedCount: 2, cost: 1_520 });
  expect(costliest).toBe(reports[0]);
  expect([...buckets.phase]).toEqual([
    ["Climb", { count: 2, damagedCount: 2, cost: 1_020 }],
    ["Approach", { count: 1, damagedCount: 0, cost: 500 }],
  ]);
});

test("without a report that cost anything there is no costliest", () => {
  expect(tally(sampleReports({}, {}), {}).costliest).toBeUndefined();
  expect(tally([], {})).toMatchObject({ total: { count: 0, damagedCount: 0, cost: 0 }, costliest: undefined });
});

test("a report counts in its month, its year and the state of its airport, or in none", () => {
  const { buckets } = tally(
    sampleReports({ date: "1999-12-31" }, { date: "2000-01-01", airportId: idFromText("a2") }),
    {},
  );
  expect([...buckets.month.keys()]).toEqual(["12", "1"]);
  expect([...buckets.year.keys()]).toEqual(["1999", "2000"]);
  expect([...buckets.state.keys()]).toEqual(["NE", "none"]);
});

test("a chart keeps the bars of what its own filter leaves out, and all others follow", () => {
  const reports = sampleReports({}, { phase: "Approach" }, { phase: "Approach", species: "Mallard" });
  const { total, buckets } = tally(reports, { phase: "Climb" });
  expect(total.count).toBe(1);
  expect(buckets.phase.get("Approach")?.count).toBe(2);
  expect([...buckets.species.keys()]).toEqual(["Ring-billed gull"]);
});

test("the chart of years leaves days and presets out of account, not the other filters", () => {
  const reports = sampleReports({ date: "1999-03-01" }, { date: "2001-03-01" }, { date: "1999-03-01", phase: "Taxi" });
  for (const period of [{ from: "2001-01-01" }, { to: "2001-06-01", from: "2000-01-01" }, { period: "12m" }]) {
    const { total, buckets } = tally(reports, { ...period, phase: "Climb" });
    expect(total.count).toBe(1);
    expect(buckets.year.get("1999")?.count).toBe(1);
    expect(buckets.month.get("3")?.count).toBe(1);
  }
});

test("what lacks the text or fails in a facet without a chart counts nowhere", () => {
  const { total, buckets } = tally(sampleReports({ size: "Small" }), { size: "Large" });
  expect(total.count).toBe(0);
  expect(buckets.phase.size).toBe(0);
  expect(tally(sampleReports({}), { find: "hawk" }).buckets.phase.size).toBe(0);
});

test("whatever is held and filtered, a bar counts what the list would show with its choice in place of the chart's own", () => {
  const aReport = record({
    date: constantFrom("1999-01-31", "2000-06-15", "2001-05-17"),
    species: constantFrom("Mallard", "Ring-billed gull"),
    phase: constantFrom("Climb", "Taxi"),
    damage: constantFrom("None", "Minor"),
    airportId: constantFrom(idFromText<"airports">("a1"), idFromText<"airports">("a2")),
    costRepair: constantFrom(0, 10),
  });
  const filters = record(
    {
      find: constantFrom("gull", "field"),
      phase: constantFrom("Climb", "Taxi", "Climb,Taxi"),
      month: constantFrom("1", "5,6"),
      damage: constantFrom("Minor"),
      state: constantFrom("NE", "none"),
      from: constantFrom("2000-01-01"),
      cost: constantFrom("none"),
    },
    { requiredKeys: [] },
  );
  const charted: readonly Exclude<Charted, "year">[] = ["month", "species", "phase", "damage", "state"];
  assert(
    property(uniqueArray(aReport, { maxLength: 12 }), filters, (rows, text) => {
      const reports = sampleReports(...rows);
      const { total, buckets } = tally(reports, text);
      expect(total.count).toBe(matchReports(reports, parseFilterText(text, newestDay)).length);
      for (const name of charted) {
        const others = Object.fromEntries(Object.entries(text).filter(([other]) => other !== name));
        const shown = matchReports(reports, parseFilterText(others, newestDay));
        for (const value of new Set(reports.map(({ values }) => values[name]))) {
          const expected = shown.filter(({ values }) => values[name] === value);
          expect(buckets[name].get(value)?.count ?? 0, `${name} ${value}`).toBe(expected.length);
        }
      }
    }),
  );
});
