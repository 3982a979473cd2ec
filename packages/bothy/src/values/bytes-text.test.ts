import fc from "fast-check";
import { expect, test } from "vitest";
import {
  base64OfBytes,
  bytesOfBase64,
  bytesOfHex,
  bytesOfText,
  cloneValue,
  compareValues,
  createRandom,
  freezeDeep,
  hexOfBytes,
  isWellFormed,
  utf8Length,
} from "./index.ts";
import { anyText, anyValue } from "./values-contract.ts";

test("[VA6] hex and base64 are those of everybody else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(base64OfBytes(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      expect(hexOfBytes(bytes)).toBe(Buffer.from(bytes).toString("hex"));
      expect(Buffer.compare(bytesOfBase64(base64OfBytes(bytes)), bytes)).toBe(0);
      expect(Buffer.compare(bytesOfHex(hexOfBytes(bytes)), bytes)).toBe(0);
    }),
  );
});

test("[VA6] hex that is cut, upper case or something else is refused", () => {
  for (const wrong of ["0", "0A", "zz"])
    expect(() => bytesOfHex(wrong)).toThrow(expect.objectContaining({ code: "value_invalid" }));
});

test("[VA2] text becomes UTF-8", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(Buffer.compare(bytesOfText(text), Buffer.from(text))).toBe(0);
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    }),
  );
  expect(isWellFormed("\u{1f985}")).toBe(true);
  expect(isWellFormed("\ud83e")).toBe(false);
});

test("[VA15] the same seed gives the same numbers, evenly spread over [0, 1)", () => {
  const numbers = (seed: string): number[] => Array.from({ length: 2_000 }, createRandom(seed));
  expect(numbers("a")).toEqual(numbers("a"));
  expect(numbers("a").slice(0, 4)).not.toEqual(numbers("b").slice(0, 4));
  expect(numbers("a").every((x) => x >= 0 && x < 1)).toBe(true);
  const mean = numbers("a").reduce((sum, x) => sum + x) / 2_000;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
  // Written down once: a call is replayed by other versions of this code, which must draw the same numbers.
  expect(numbers("seed").slice(0, 2)).toEqual([0.9085936067223358, 0.09813167357364783]);
});

test("[VA1] a frozen value is frozen all through, also under what was frozen before", () => {
  const inner = { list: [1] };
  const value = freezeDeep({ outer: Object.freeze({ inner }) });
  expect(Object.isFrozen(value.outer.inner.list)).toBe(true);
});

test("[VA1] a clone is equal and shares nothing that can be changed", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const frozen = freezeDeep(value);
      const copy = cloneValue(frozen);
      expect(compareValues(copy, value)).toBe(0);
      expect(typeof copy === "object" && copy !== null && copy === value).toBe(false);
    }),
  );
  const copy = cloneValue({ list: freezeDeep([1]) });
  expect(() => copy.list.push(2)).not.toThrow();
});
