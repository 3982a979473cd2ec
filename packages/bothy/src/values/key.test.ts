import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareValues,
  decodeKey,
  elementEnd,
  encodeKey,
  encodeKeyElement,
  keyAfterPrefix,
  splitKey,
} from "./index.ts";
import type { Value } from "./index.ts";
import { anyIndexed } from "./values-contract.ts";

const sign = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function compareLists(a: readonly (Value | undefined)[], b: readonly (Value | undefined)[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return Math.sign(order);
  }
  return Math.sign(a.length - b.length);
}

test("[VA3] keys order as the lists of values that they encode", () => {
  const list = fc.array(anyIndexed, { maxLength: 4 });
  fc.assert(
    fc.property(list, list, (a, b) => {
      expect(sign(encodeKey(a), encodeKey(b))).toBe(compareLists(a, b));
    }),
    { numRuns: 3_000 },
  );
});

test("[VA3] strings that differ late order as their keys do", () => {
  const near = fc.string({
    unit: fc.constantFrom("\0", "\x01", "\x02", "a", "\x7f", "\x80", "\ue000", "\u{10000}"),
    maxLength: 5,
  });
  fc.assert(
    fc.property(near, near, anyIndexed, (a, b, rest) => {
      expect(sign(encodeKey([a, rest]), encodeKey([b, rest]))).toBe(compareLists([a], [b]));
    }),
    { numRuns: 2_000 },
  );
});

test("[VA3] every char code of a key is one byte", () => {
  fc.assert(
    fc.property(anyIndexed, (value) => {
      for (const char of encodeKeyElement(value)) expect(char.charCodeAt(0)).toBeLessThan(256);
    }),
  );
});

test("[VA4] a key splits into its elements and gives its values back", () => {
  fc.assert(
    fc.property(fc.array(anyIndexed, { maxLength: 5 }), (values) => {
      const key = encodeKey(values);
      expect(splitKey(key)).toEqual(values.map((value) => encodeKeyElement(value)));
      expect(decodeKey(key).map((value, i) => compareValues(value, values[i]))).toEqual(values.map(() => 0));
    }),
    { numRuns: 2_000 },
  );
});

test("[VA4] no element is the beginning of another", () => {
  fc.assert(
    fc.property(anyIndexed, anyIndexed, (a, b) => {
      const elementOfA = encodeKeyElement(a);
      const elementOfB = encodeKeyElement(b);
      expect(elementOfB.startsWith(elementOfA)).toBe(elementOfA === elementOfB);
      expect(elementEnd(elementOfA + elementOfB, 0)).toBe(elementOfA.length);
    }),
    { numRuns: 2_000 },
  );
});

test("[VA5] keyAfterPrefix divides the keys that begin with a prefix from all that follow", () => {
  fc.assert(
    fc.property(anyIndexed, anyIndexed, anyIndexed, (a, b, rest) => {
      const prefix = encodeKey([a]);
      expect(encodeKey([a, rest]) < keyAfterPrefix(prefix)).toBe(true);
      const isInside = encodeKey([b, rest]) >= prefix && encodeKey([b, rest]) < keyAfterPrefix(prefix);
      expect(isInside).toBe(compareValues(a, b) === 0);
    }),
    { numRuns: 2_000 },
  );
});

test("[VA3] a lone surrogate, a wide bigint and what is no value are refused as index values", () => {
  for (const wrong of ["\ud800", 2n ** 63n, JSON.parse('{"__proto__":1}') as Value, (() => 1) as never]) {
    expect(() => encodeKey([wrong])).toThrow(expect.objectContaining({ code: "value_invalid" }));
  }
});

test("[VA4] a text that is no key breaks a belief instead of reading past its end", () => {
  for (const broken of ["\x04abc", "\x07abc", "\x09\x02", "\xff", "\x0a\x02\x02\x00", "\x00"]) {
    expect(() => decodeKey(broken)).toThrow(expect.objectContaining({ code: "internal" }));
  }
});
