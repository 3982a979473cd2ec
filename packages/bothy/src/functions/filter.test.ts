import fc from "fast-check";
import { expect, test } from "vitest";
import { compareValues, type Document, limits, type Value } from "../values/index.ts";
import { anyIndexed } from "../values/values-contract.ts";
import { createFilter, type FilterBuilder, type FilterExpression } from "./index.ts";

const document: Document = { _id: "id", _creationTime: 1, a: 5, n: 7n, flag: true, deep: { b: "x" }, list: [1] };
const passes = (write: (q: FilterBuilder) => FilterExpression<boolean> | boolean): boolean =>
  createFilter(write)(document);
const invalid = expect.objectContaining({ code: "filter_invalid" });

test("[SC10] comparisons follow the order of values, a missing field being undefined", () => {
  fc.assert(
    fc.property(anyIndexed, anyIndexed, (x, y) => {
      const order = compareValues(x, y);
      const subject = { ...document, x, y };
      const holds = (word: "eq" | "neq" | "lt" | "lte" | "gt" | "gte"): boolean =>
        createFilter((q) => q[word]<Value | undefined>(q.field("x"), q.literal(y)))(subject);
      expect([holds("eq"), holds("neq"), holds("lt"), holds("lte"), holds("gt"), holds("gte")]).toEqual([
        order === 0,
        order !== 0,
        order < 0,
        order <= 0,
        order > 0,
        order >= 0,
      ]);
    }),
  );
  expect(passes((q) => q.eq<Value | undefined>(q.field("missing"), undefined))).toBe(true);
  expect(passes((q) => q.eq<Value | undefined>(q.field("deep.b"), "x"))).toBe(true);
  expect(passes((q) => q.eq<Value | undefined>(q.field("constructor"), undefined))).toBe(true);
  expect(passes((q) => q.eq<Value | undefined>(q.field("deep"), { b: "x" }))).toBe(true);
});

test("[SC10] arithmetic is on two numbers or two bigints", () => {
  const a = (q: FilterBuilder): FilterExpression<number> => q.field("a") as FilterExpression<number>;
  const n = (q: FilterBuilder): FilterExpression<bigint> => q.field("n") as FilterExpression<bigint>;
  expect(passes((q) => q.eq(q.add(a(q), 1), 6))).toBe(true);
  expect(passes((q) => q.eq(q.sub(n(q), 1n), 6n))).toBe(true);
  expect(passes((q) => q.eq(q.mul(a(q), 2), 10))).toBe(true);
  expect(passes((q) => q.eq(q.div(n(q), 2n), 3n))).toBe(true);
  expect(passes((q) => q.eq(q.mod(a(q), 3), 2))).toBe(true);
  expect(passes((q) => q.eq(q.neg(n(q)), -7n))).toBe(true);
  expect(passes((q) => q.eq(q.neg(a(q)), -5))).toBe(true);
  const wrong: ((q: FilterBuilder) => FilterExpression<boolean>)[] = [
    (q) => q.eq(q.add(a(q) as never, n(q)), 1n),
    (q) => q.eq(q.div(n(q), 0n), 1n),
    (q) => q.eq(q.mod(n(q), 0n), 1n),
    (q) => q.eq(q.mul(n(q), 2n ** 62n), 1n),
    (q) => q.eq(q.neg(q.field("flag") as never), 1),
  ];
  for (const write of wrong) expect(() => passes(write)).toThrow(invalid);
});

test("[SC10] and, or and not join what is true or false, and only that", () => {
  expect(passes((q) => q.and())).toBe(true);
  expect(passes((q) => q.or())).toBe(false);
  expect(passes((q) => q.and(true, q.not(false), q.field("flag") as FilterExpression<boolean>))).toBe(true);
  expect(passes((q) => q.or(false, q.eq(1, 2)))).toBe(false);
  expect(passes(() => true)).toBe(true);
  expect(() => passes((q) => q.field("a") as FilterExpression<boolean>)).toThrow(invalid);
  expect(() => passes((q) => q.and(q.field("a") as FilterExpression<boolean>))).toThrow(invalid);
  expect(() => passes((q) => q.not(q.field("missing") as FilterExpression<boolean>))).toThrow(invalid);
});

test("[SC10] a filter has at most 256 operators", () => {
  const wide = (count: number) => () =>
    createFilter((q) => q.and(...Array.from({ length: count - 1 }, () => q.eq(1, 1))));
  expect(wide(limits.filterOperatorsMax)).not.toThrow();
  expect(wide(limits.filterOperatorsMax + 1)).toThrow(expect.objectContaining({ code: "limit_exceeded" }));
});
