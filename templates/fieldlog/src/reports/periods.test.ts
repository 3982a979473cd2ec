import { expect, test } from "vitest";
import { periodStart } from "./periods.ts";

test.each([
  ["30d", "2002-12-31", "2002-12-02"],
  ["30d", "2002-01-10", "2001-12-12"],
  ["12m", "2002-12-31", "2002-01-01"],
  ["12m", "2002-03-15", "2001-03-16"],
  ["12m", "2000-02-29", "1999-03-01"],
  ["5y", "2002-12-31", "1998-01-01"],
  ["5y", "2001-02-28", "1996-02-29"],
])("%s up to %s begins on %s", (name, newest, first) => {
  expect(periodStart(name, newest)).toBe(first);
});

test("a period or a day that is none has no beginning", () => {
  expect(periodStart("3w", "2002-12-31")).toBeUndefined();
  expect(periodStart("30d", "soon")).toBeUndefined();
});
