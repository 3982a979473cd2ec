import fc from "fast-check";
import { expect, test } from "vitest";
import { compareText, compareValues, equalValues } from "./index.ts";
import type { Value } from "./index.ts";
import { anyIndexed, anyText } from "./values-contract.ts";

const bytes = (...items: number[]): ArrayBuffer => Uint8Array.from(items).buffer;

test("[VA1] types order as undefined, null, int64, float64, boolean, string, bytes, array, object", () => {
  const ascending: (Value | undefined)[] = [
    undefined,
    null,
    -(2n ** 63n),
    -1n,
    0n,
    2n ** 63n - 1n,
    -Infinity,
    -1.5,
    -0,
    0,
    Number.MIN_VALUE,
    1,
    Infinity,
    Number.NaN,
    false,
    true,
    "",
    "\0",
    "a",
    "a\0",
    "a\x01",
    "ab",
    "b",
    "\ue000",
    "\u{10000}",
    bytes(),
    bytes(0),
    bytes(0, 0),
    bytes(1),
    bytes(255),
    [],
    [null],
    [null, null],
    [1n],
    [""],
    [[]],
    {},
    { a: null },
    { a: null, b: null },
    { a: 1 },
    { b: null },
  ];
  ascending.forEach((a, i) => {
    ascending.forEach((b, k) => expect(Math.sign(compareValues(a, b))).toBe(Math.sign(i - k)));
  });
});

test("[VA1] the order is total: antisymmetric, transitive, and 0 only for the same value", () => {
  fc.assert(
    fc.property(anyIndexed, anyIndexed, anyIndexed, (a, b, c) => {
      expect(compareValues(a, a)).toBe(0);
      expect(compareValues(a, structuredClone(a))).toBe(0);
      expect(Math.sign(compareValues(a, b))).toBe(0 - Math.sign(compareValues(b, a)));
      const isChain = compareValues(a, b) <= 0 && compareValues(b, c) <= 0;
      expect(isChain && compareValues(a, c) > 0).toBe(false);
      expect(equalValues(a, b)).toBe(compareValues(a, b) === 0);
    }),
    { numRuns: 2_000 },
  );
});

test("[VA2] text orders by code points, not by the units of UTF-16", () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});

test("[VA1] a value is the same as itself without a look into it", () => {
  let looks = 0;
  const row = Object.defineProperty({}, "text", { enumerable: true, get: () => `look ${++looks}` });
  expect(compareValues([row, 1], [row, 2])).toBeLessThan(0);
  expect(looks).toBe(0);
});

test("[VA1] an undefined field is an absent field", () => {
  expect(compareValues({ a: undefined, b: 1 }, { b: 1 })).toBe(0);
});
