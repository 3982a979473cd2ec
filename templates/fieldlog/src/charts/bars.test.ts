import { expect, test } from "vitest";
import type { FilterText } from "../route.ts";
import { allSpecies, damageBars, monthBars, phaseBars, seasonBars, speciesBars, stateBars, type Bar } from "./bars.ts";
import type { Bucket } from "./tally.ts";

function buckets(counts: Readonly<Record<string, number>>, costs: Readonly<Record<string, number>> = {}) {
  return new Map<string, Bucket>(
    Object.entries(counts).map(([key, count]) => [key, { count, damagedCount: 0, cost: costs[key] ?? 0 }]),
  );
}

function counts(bars: readonly Bar[]) {
  return bars.map(({ key, bucket }) => [key, bucket.count]);
}

test("months run from January to December, each in the tone of its season", () => {
  const bars = monthBars(buckets({ "12": 4, "1": 2 }), {});
  expect(bars.map(({ label }) => label.slice(0, 3)).join(" ")).toBe("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec");
  expect(bars.map(({ bucket }) => bucket.count)).toEqual([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]);
  expect(bars.map(({ tone }) => tone?.slice(0, 2)).join(" ")).toBe("wi wi sp sp sp su su su au au au wi");
});

test("a season sums its three months; winter takes December of the same year", () => {
  expect(counts(seasonBars(buckets({ "12": 4, "1": 2, "2": 1, "7": 9 }), {}))).toEqual([
    ["winter", 7],
    ["spring", 0],
    ["summer", 9],
    ["autumn", 0],
  ]);
});

test("a season chooses its months beside those already chosen, and takes exactly them away", () => {
  const all = buckets({ "1": 1, "4": 1, "7": 1 });
  const [winter, spring, summer] = seasonBars(all, { month: "7,12,1,2" });
  expect([winter?.isChosen, winter?.isLeftOut, winter?.target]).toEqual([true, false, { month: "7" }]);
  expect([spring?.isChosen, spring?.isLeftOut, spring?.target]).toEqual([false, true, { month: "7,12,1,2,3,4,5" }]);
  // A part of a season is chosen: neither the whole nor left out.
  expect([summer?.isChosen, summer?.isLeftOut, summer?.target]).toEqual([false, false, { month: "12,1,2,6,7,8" }]);
});

test("a click on a bar adds its value, a click on a chosen one takes it away, and the other filters stay", () => {
  const text: FilterText = { phase: "Climb", find: "gull" };
  const [, , , climb, descent, approach] = phaseBars(buckets({ Climb: 3, Approach: 5 }), text);
  expect(climb).toMatchObject({ isChosen: true, isLeftOut: false, target: { find: "gull" } });
  expect(approach).toMatchObject({
    isChosen: false,
    isLeftOut: true,
    target: { phase: "Climb,Approach", find: "gull" },
  });
  // Nothing to show: nothing to click.
  expect(descent?.target).toBeUndefined();
});

test("what is chosen can be taken away even when nothing is left of it", () => {
  expect(phaseBars(buckets({}), { phase: "Taxi" })[1]?.target).toEqual({});
});

test("phases stand in the order of a flight", () => {
  expect(phaseBars(buckets({}), {}).map(({ key }) => key)).toEqual([
    "Parked",
    "Taxi",
    "Take-off run",
    "Climb",
    "Descent",
    "Approach",
    "Landing Roll",
  ]);
});

test("mishap classes have a row only where there are any, or one is chosen", () => {
  expect(counts(damageBars(buckets({ None: 3, C: 1 }), {}))).toEqual([
    ["None", 3],
    ["Minor", 0],
    ["Medium", 0],
    ["Substantial", 0],
    ["C", 1],
  ]);
  expect(damageBars(buckets({}), { damage: "B" }).map(({ key }) => key)).toContain("B");
});

test("species beyond the first few are one row that is no link", () => {
  const found = speciesBars(buckets({ Wren: 1, Gull: 9, Owl: 2, Hawk: 2 }), {}, { measure: "count", countMax: 2 });
  expect(counts(found)).toEqual([
    ["Gull", 9],
    ["Hawk", 2],
    ["others", 3],
  ]);
  expect(found[2]).toMatchObject({ label: "2 others", target: undefined });
});

test("one species more than there is room for stands for itself instead of as “1 others”", () => {
  const found = speciesBars(buckets({ Gull: 9, Owl: 2, Hawk: 3 }), {}, { measure: "count", countMax: 2 });
  expect(found.map(({ key }) => key)).toEqual(["Gull", "Hawk", "Owl"]);
});

test("a chosen species has its row whatever it counts", () => {
  const text = { species: "Wren" };
  const found = speciesBars(buckets({ Wren: 1, Gull: 9, Owl: 2, Hawk: 3 }), text, { measure: "count", countMax: 2 });
  expect(found.map(({ key, isChosen }) => [key, isChosen])).toEqual([
    ["Gull", false],
    ["Wren", true],
    ["others", false],
  ]);
});

test("by cost the costliest come first, and those that cost nothing are left out", () => {
  const all = buckets({ Gull: 9, Goose: 2, Owl: 1 }, { Goose: 500, Owl: 40 });
  expect(speciesBars(all, {}, { measure: "cost", countMax: 5 }).map(({ key }) => key)).toEqual(["Goose", "Owl"]);
  expect(allSpecies(all, {}, "count").map(({ key }) => key)).toEqual(["Gull", "Goose", "Owl"]);
});

test("places that the map does not name are listed apart", () => {
  const names = new Map([["NE", "Nebraska"]]);
  const { onMap, elsewhere } = stateBars(buckets({ NE: 3, PR: 1, none: 2 }), {}, names);
  expect(onMap.map(({ label }) => label)).toEqual(["Nebraska"]);
  expect(elsewhere.map(({ label, bucket, target }) => [label, bucket.count, target])).toEqual([
    ["PR", 1, { state: "PR" }],
    ["no state", 2, { state: "none" }],
  ]);
});
