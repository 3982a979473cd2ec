import { shapeOf, v } from "bothy/internal";
import type { Validator } from "bothy/internal";
import { expect, test } from "vitest";
import { parseCell } from "./parse-cell.ts";

const read = (cell: string, validator: Validator): unknown => {
  const parsed = parseCell(cell, shapeOf(validator));
  return parsed.kind === "value" ? parsed.value : "wrong";
};

test.each([
  ["12", v.number(), 12],
  ["-0.5", v.number(), -0.5],
  ["1e3", v.number(), 1000],
  [" 7 ", v.number(), 7],
  [".5", v.number(), 0.5],
  ["", v.number(), "wrong"],
  ["0x10", v.number(), "wrong"],
  ["12,5", v.number(), "wrong"],
  ["Infinity", v.number(), "wrong"],
  ["9007199254740993", v.int64(), 9007199254740993n],
  ["+3", v.int64(), 3n],
  ["9223372036854775807", v.int64(), 9223372036854775807n],
  ["9223372036854775808", v.int64(), "wrong"],
  ["1.0", v.int64(), "wrong"],
  ["TRUE", v.boolean(), true],
  ["false", v.boolean(), false],
  ["yes", v.boolean(), "wrong"],
  ["", v.string(), ""],
  ["", v.optional(v.string()), undefined],
  ["", v.optional(v.number()), undefined],
  ["", v.union(v.null(), v.number()), null],
  ["4", v.union(v.string(), v.number()), 4],
  ["four", v.union(v.string(), v.number()), "four"],
  ["b", v.union(v.literal("a"), v.literal("b")), "b"],
  ["c", v.union(v.literal("a"), v.literal("b")), "wrong"],
  ["2", v.literal(2), 2],
  ["[1,2]", v.array(v.number()), [1, 2]],
  ['{"$integer":"AQAAAAAAAAA="}', v.any(), 1n],
  ["null", v.any(), null],
  ["plain text", v.any(), "plain text"],
  ["{", v.object({ a: v.number() }), "wrong"],
  ['{"$set":[]}', v.object({}), "wrong"],
])("the cell %j is read as its field says", (cell, validator, value) => {
  expect(read(cell, validator)).toEqual(value);
});

test("a cell of a field that the table does not have stays text, and what was expected is told once", () => {
  expect(parseCell("12", undefined)).toEqual({ kind: "value", value: "12" });
  const shape = shapeOf(v.union(v.number(), v.float64(), v.boolean()));
  expect(parseCell("x", shape)).toEqual({ kind: "wrong", expected: "a number or true or false" });
});
