import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareValues,
  decodeValue,
  encodeValue,
  limits,
  parseValue,
  readValue,
  stringifyJson,
  stringifyValue,
} from "./index.ts";
import type { Value } from "./index.ts";
import { anyValue } from "./values-contract.ts";

const refused = expect.objectContaining({ code: "value_invalid" });

function nest(depth: number): Value {
  let value: Value = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

test("[VA6] every value comes back from its wire form and from its text", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(compareValues(decodeValue(JSON.parse(JSON.stringify(encodeValue(value)))), value)).toBe(0);
      expect(compareValues(parseValue(stringifyValue(value)), value)).toBe(0);
      expect(compareValues(readValue(JSON.parse(stringifyValue(value))), value)).toBe(0);
    }),
    { numRuns: 2_000 },
  );
});

test("[VA6] what JSON cannot write travels as 8 little-endian bytes or as base64", () => {
  expect(encodeValue(1n)).toEqual({ $integer: "AQAAAAAAAAA=" });
  expect(encodeValue(-0)).toEqual({ $float: "AAAAAAAAAIA=" });
  expect(encodeValue(Infinity)).toEqual({ $float: "AAAAAAAA8H8=" });
  expect(encodeValue(Number.NaN)).toEqual({ $float: "AAAAAAAA+H8=" });
  expect(encodeValue(Uint8Array.from([1, 2, 255]).buffer)).toEqual({ $bytes: "AQL/" });
  expect(encodeValue({ a: undefined, b: 1.5 })).toEqual({ b: 1.5 });
});

test("[VA7] equal values have equal texts, and different values different ones", () => {
  fc.assert(
    fc.property(anyValue, anyValue, (a, b) => {
      expect(stringifyValue(a) === stringifyValue(b)).toBe(compareValues(a, b) === 0);
    }),
    { numRuns: 2_000 },
  );
});

test("[VA7] the order in which fields were written does not show in the text", () => {
  expect(stringifyValue({ b: 1, a: { d: 1, c: 2 }, gone: undefined })).toBe('{"a":{"c":2,"d":1},"b":1}');
  expect(stringifyValue({ 9: 1, 10: 1, a: 1, B: 1 })).toBe('{"10":1,"9":1,"B":1,"a":1}');
  expect(stringifyJson({ z: [{ 2: 0, 11: 0 }], $a: null })).toBe('{"$a":null,"z":[{"11":0,"2":0}]}');
});

test("[VA8] forms that no value has are refused, with the path to them", () => {
  const wrong: unknown[] = [
    { $set: [] },
    { $map: [] },
    { $undefined: null },
    { $integer: "AQAAAAAAAAA=", b: 1 },
    { b: 1, $integer: "AQAAAAAAAAA=" },
    { $integer: "AQ==" },
    { $integer: 1 },
    { $float: "AAAAAAAA8D8=" },
    { $bytes: "AQL" },
    { $bytes: "AQM=x" },
    { $bytes: "AR==" },
    { $bytes: "A===" },
    "\ud800",
    Number.POSITIVE_INFINITY,
    undefined,
    () => 1,
    { "": 1 },
    { ä: 1 },
    { ["x".repeat(1_025)]: 1 },
  ];
  for (const json of wrong) expect(() => decodeValue({ list: [json] })).toThrow(refused);
  expect(() => decodeValue({ list: [0, { $set: [] }] })).toThrow(/list\[1\]/);
  expect(() => parseValue("{")).toThrow(refused);
});

test("[VA9] names that every object inherits are plain fields, and __proto__ is refused", () => {
  const text = '{"constructor":{"prototype":{"x":1}},"hasOwnProperty":1,"toString":2}';
  const value = parseValue(text);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(stringifyValue(value)).toBe(text);
  const hostile: unknown = JSON.parse('{"a":{"__proto__":{"polluted":1}}}');
  expect(() => decodeValue(hostile)).toThrow(refused);
  expect(() => encodeValue(hostile as Value)).toThrow(refused);
  expect(() => stringifyValue(hostile as Value)).toThrow(refused);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
});

test("[VA8] what is no value is not sent, and the message says where it stands", () => {
  const wrong: unknown[] = [
    undefined,
    new Date(0),
    new Map(),
    new Uint8Array(1),
    () => 1,
    Symbol("x"),
    "\udfff",
    2n ** 63n,
    new (class Point {})(),
  ];
  for (const value of wrong) expect(() => encodeValue({ list: [value] } as Value)).toThrow(refused);
  expect(() => encodeValue({ report: { at: new Date(0) } } as unknown as Value)).toThrow("report.at is Date");
  expect(() => encodeValue(Array(2) as Value)).toThrow(refused);
});

test("[VA16] depth, lengths and numbers of fields are bounded both ways", () => {
  expect(() => encodeValue(nest(limits.wireNestingMax))).not.toThrow();
  expect(() => encodeValue(nest(limits.wireNestingMax + 1))).toThrow(refused);
  expect(() => decodeValue(nest(limits.wireNestingMax))).not.toThrow();
  expect(() => decodeValue(nest(limits.wireNestingMax + 1))).toThrow(refused);
  expect(() => parseValue("[".repeat(100_000) + "]".repeat(100_000))).toThrow(refused);
  const long = Array.from({ length: limits.arrayLengthMax + 1 }, () => 0);
  expect(() => encodeValue(long)).toThrow(refused);
  expect(() => decodeValue(long)).toThrow(refused);
  const wide = Object.fromEntries(Array.from({ length: limits.fieldsMax + 1 }, (_, i) => [`f${i}`, 0]));
  expect(() => encodeValue(wide)).toThrow(refused);
  expect(() => decodeValue(wide)).toThrow(refused);
  const cycle: Value[] = [];
  cycle.push(cycle);
  expect(() => encodeValue(cycle)).toThrow(refused);
});

test("[VA6] decoding copies only what it changes, and never changes its input", () => {
  const json = { plain: { a: [1] }, special: [{ $integer: "AQAAAAAAAAA=" }] };
  const before = JSON.stringify(json);
  expect(decodeValue(json)).toEqual({ plain: { a: [1] }, special: [1n] });
  expect(JSON.stringify(json)).toBe(before);
});
