import { shapeOf, v } from "bothy/internal";
import { expect, test } from "vitest";
import { fitNumbers } from "./fit-numbers.ts";

test.each([
  [3, v.int64(), 3n],
  [3.5, v.int64(), 3.5],
  [2 ** 60, v.int64(), 2 ** 60],
  [3, v.number(), 3],
  [3, v.any(), 3],
  [[1], v.array(v.int64()), [1n]],
  [{ a: 1, b: 2 }, v.record(v.string(), v.int64()), { a: 1n, b: 2n }],
  [{ a: 1, b: 2 }, v.object({ a: v.int64() }), { a: 1n, b: 2 }],
  [3, v.union(v.null(), v.int64()), 3n],
  [3, v.union(v.number(), v.int64()), 3],
  [[3], v.union(v.null(), v.array(v.int64())), [3n]],
  ["3", v.int64(), "3"],
])("%j is fitted to what its validator holds", (value, validator, fitted) => {
  expect(fitNumbers(value, shapeOf(validator))).toEqual(fitted);
});
