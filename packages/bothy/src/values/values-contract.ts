import fc from "fast-check";
import type { Value } from "./value.ts";

// What property tests draw from: values of every type, with NaN, -0, odd field names, astral and control characters.

/** Text at every edge of UTF-8 and UTF-16. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom(
      "\0",
      "\x01",
      "\x02",
      "a",
      "\x7f",
      "\x80",
      "\u07ff",
      "\ue000",
      "\uffff",
      "\u{10000}",
      "\u{10ffff}",
    ),
    maxLength: 6,
  }),
);
const fieldName = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "B", "_", " ", "1", "~"), minLength: 1, maxLength: 4 }),
  fc.constantFrom("constructor", "toString", "hasOwnProperty", "10", "9", "length"),
);
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE),
);
const bytes = fc.uint8Array({ maxLength: 8 }).map((array) => Uint8Array.from(array).buffer);

/** A value of any type. */
export const anyValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    number,
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    anyText,
    bytes,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fieldName, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

/** What can stand in an index: a value, or none. */
export const anyIndexed: fc.Arbitrary<Value | undefined> = fc.oneof(
  { arbitrary: anyValue, weight: 20 },
  { arbitrary: fc.constant(undefined), weight: 1 },
);
