import fc from "fast-check";
import { expect, test } from "vitest";
import type { KeyRange } from "../schema/index.ts";
import { encodeKey, keyAfterPrefix, type Key } from "../values/index.ts";
import { RangeIndex } from "./range-index.ts";
import { rangeContains, rangeTouches, scannedPart } from "./range-touches.ts";

const fieldCount = 3;
const tuple = fc.array(fc.nat(3), { minLength: fieldCount, maxLength: fieldCount });
const bound = fc.option(fc.record({ value: fc.nat(3), isInclusive: fc.boolean() }), { nil: undefined });
const range = fc
  .record({
    table: fc.constantFrom("t", "u"),
    index: fc.constantFrom("i", "j"),
    equalities: fc.nat(fieldCount),
    values: tuple,
    lower: bound,
    upper: bound,
    isWindow: fc.boolean(),
  })
  .map(({ table, index, equalities, values, lower, upper, isWindow }): KeyRange => {
    const prefix = encodeKey(values.slice(0, equalities));
    const whole = { table, index, equalities, lower: prefix, upper: keyAfterPrefix(prefix) };
    if (equalities === fieldCount) return whole;
    if (isWindow) return { ...whole, lower: encodeKey(values) };
    if (lower !== undefined) {
      const key = prefix + encodeKey([lower.value]);
      whole.lower = lower.isInclusive ? key : keyAfterPrefix(key);
    }
    if (upper !== undefined) {
      const key = prefix + encodeKey([upper.value]);
      whole.upper = upper.isInclusive ? keyAfterPrefix(key) : key;
    }
    return whole;
  });

test("[RA8] a written key finds exactly the subscribers whose ranges contain it", () => {
  // Long lists and few equalities, so that the tree of bounds under one prefix is built, and built again.
  const step = fc.record({ range, removed: fc.option(fc.nat(), { nil: undefined, freq: 3 }) });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 400, size: "max" }),
      fc.array(tuple, { minLength: 1, maxLength: 10 }),
      (steps, tuples) => {
        const index = new RangeIndex<number>();
        let live: { range: KeyRange; subscriber: number; undo: () => void }[] = [];
        const check = (key: Key): void => {
          for (const [table, name] of [
            ["t", "i"],
            ["t", "j"],
            ["u", "i"],
          ] as const) {
            const found = new Set<number>();
            index.match(table, name, key, (subscriber) => found.add(subscriber));
            const expected = live.filter(
              ({ range }) => range.table === table && range.index === name && rangeContains(range, key),
            );
            expect(found).toEqual(new Set(expected.map(({ subscriber }) => subscriber)));
          }
        };
        for (const [subscriber, { range, removed }] of steps.entries()) {
          if (removed === undefined || live.length === 0)
            live.push({ range, subscriber, undo: index.add(range, subscriber) });
          else {
            const gone = live[removed % live.length];
            gone?.undo();
            gone?.undo();
            live = live.filter((one) => one !== gone);
          }
          if (subscriber % 40 === 0) check(encodeKey(tuples[subscriber % tuples.length] ?? []));
        }
        for (const tuple of tuples) check(encodeKey(tuple));
        for (const { undo } of live) undo();
        expect(index.size).toBe(0);
        live = [];
        for (const tuple of tuples) check(encodeKey(tuple));
      },
    ),
    { numRuns: 60 },
  );
});

test("[RA9] a write touches a range when the document was inside or is", () => {
  const inside = encodeKey([1, 5]);
  const outside = encodeKey([2, 5]);
  const lower = encodeKey([1]);
  const range: KeyRange = { table: "t", index: "i", equalities: 1, lower, upper: keyAfterPrefix(lower) };
  const touches = (before: Key | null, after: Key | null): boolean =>
    rangeTouches(range, 1, {
      before: before === null ? null : ["", before],
      after: after === null ? null : ["", after],
    });
  expect([touches(null, inside), touches(inside, null), touches(inside, outside), touches(outside, inside)]).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([touches(null, outside), touches(outside, null), touches(outside, outside)]).toEqual([false, false, false]);
});

test("[RA9] the scanned part of a range ends with the last key, in either order", () => {
  const prefix = encodeKey([1]);
  const range: KeyRange = { table: "t", index: "i", equalities: 1, lower: prefix, upper: keyAfterPrefix(prefix) };
  const [before, last, after] = [encodeKey([1, 1]), encodeKey([1, 2]), encodeKey([1, 3])];
  const up = scannedPart(range, "asc", last);
  expect([before, last, after].map((key) => rangeContains(up, key))).toEqual([true, true, false]);
  const down = scannedPart(range, "desc", last);
  expect([before, last, after].map((key) => rangeContains(down, key))).toEqual([false, true, true]);
});
