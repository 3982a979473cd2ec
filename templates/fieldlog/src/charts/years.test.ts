import { expect, test } from "vitest";
import { emptyBucket } from "./tally.ts";
import { chooseYear, yearBars } from "./years.ts";

const some = { ...emptyBucket, count: 1 };

test("years run from the first report to the last without a gap", () => {
  const bars = yearBars(
    new Map([
      ["2001", some],
      ["1998", some],
    ]),
    {},
    {},
  );
  expect(bars.map(({ key, bucket }) => [key, bucket.count])).toEqual([
    ["1998", 1],
    ["1999", 0],
    ["2000", 0],
    ["2001", 1],
  ]);
  expect(yearBars(new Map(), {}, {})).toEqual([]);
});

test("a year of which the period takes a part is chosen, the others are left out", () => {
  const bars = yearBars(
    new Map([
      ["1999", some],
      ["2000", some],
      ["2001", some],
    ]),
    {},
    { from: "2000-08-01" },
  );
  expect(bars.map(({ isChosen, isLeftOut }) => [isChosen, isLeftOut])).toEqual([
    [false, true],
    [true, false],
    [true, false],
  ]);
});

test("the first click chooses a year, and takes the place of a preset", () => {
  const chosen = { from: "1999-01-01", to: "1999-12-31" };
  expect(chooseYear({ phase: "Climb" }, {}, "1999")).toEqual({ phase: "Climb", ...chosen });
  expect(chooseYear({ period: "12m" }, { from: "2001-01-01" }, "1999")).toEqual(chosen);
});

test("a click outside stretches the choice, one inside leaves one year, one on that year takes it away", () => {
  const one = { from: "1999-01-01", to: "1999-12-31" };
  const four = { from: "1998-01-01", to: "2001-12-31" };
  expect(chooseYear(one, one, "2001")).toEqual({ from: "1999-01-01", to: "2001-12-31" });
  expect(chooseYear(one, one, "1997")).toEqual({ from: "1997-01-01", to: "1999-12-31" });
  expect(chooseYear(four, four, "1999")).toEqual(one);
  expect(chooseYear(one, one, "1999")).toEqual({});
});
