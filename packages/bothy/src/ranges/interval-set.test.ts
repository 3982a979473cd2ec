import fc from "fast-check";
import { expect, test } from "vitest";
import { Coverage } from "./coverage.ts";
import { IntervalSet } from "./interval-set.ts";

// A key is a number of two digits; an interval is all of them from its lower bound up to its upper one.
const place = fc.integer({ min: 0, max: 60 });
const interval = fc.tuple(place, place).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

function keyOf(place: number): string {
  return String(place + 10);
}

function checkAgainst(set: IntervalSet, model: readonly boolean[], [from, to]: readonly [number, number]): void {
  const inside = model.slice(from, to);
  expect(set.covers(keyOf(from), keyOf(to))).toBe(inside.every(Boolean));
  expect(set.contains(keyOf(from))).toBe(model[from]);
  const gapUp = inside.indexOf(false);
  const gapDown = inside.lastIndexOf(false);
  if (from === to) return;
  expect(set.reach(keyOf(from), keyOf(to), "asc")).toBe(keyOf(gapUp < 0 ? to : from + gapUp));
  expect(set.reach(keyOf(from), keyOf(to), "desc")).toBe(keyOf(gapDown < 0 ? from : from + gapDown + 1));
}

test("[RA2] an interval set contains what was added and not removed since, as a clone does", () => {
  const step = fc.record({ kind: fc.constantFrom("add", "remove", "clone"), interval, read: interval });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let set = new IntervalSet();
      let original: { set: IntervalSet; model: boolean[] } | undefined;
      let model = Array.from({ length: 61 }, () => false);
      for (const {
        kind,
        interval: [from, to],
        read,
      } of steps) {
        if (kind === "clone") {
          original = { set, model };
          set = set.clone();
          model = [...model];
        } else {
          if (kind === "add") set.add(keyOf(from), keyOf(to));
          else set.remove(keyOf(from), keyOf(to));
          model.fill(kind === "add", from, to);
        }
        checkAgainst(set, model, read);
        if (original !== undefined) checkAgainst(original.set, original.model, read);
      }
      const list = set.list();
      for (const [at, [lower, upper]] of list.entries()) {
        expect(lower < upper).toBe(true);
        expect(upper < (list[at + 1]?.[0] ?? "\uffff")).toBe(true);
      }
    }),
  );
});

test("[RA3] a key is held as long as one of the intervals that hold it is not released", () => {
  const step = fc.record({ isHold: fc.boolean(), interval, which: fc.nat(), read: interval });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const coverage = new Coverage();
      const held: (readonly [number, number])[] = [];
      for (const { isHold, interval, which, read } of steps) {
        if (isHold) {
          held.push(interval);
          coverage.hold(keyOf(interval[0]), keyOf(interval[1]));
        } else if (held.length > 0) {
          const [released] = held.splice(which % held.length, 1);
          if (released !== undefined) coverage.release(keyOf(released[0]), keyOf(released[1]));
        }
        const model = Array.from({ length: 61 }, (_, at) => held.some(([from, to]) => from <= at && at < to));
        checkAgainst(coverage.held, model, read);
      }
      expect(coverage.isEmpty).toBe(held.every(([from, to]) => from === to));
    }),
  );
});

test("[RA3] when everything is released nothing is left behind", () => {
  const coverage = new Coverage();
  const intervals = [
    ["a", "m"],
    ["c", "d"],
    ["c", "z"],
    ["a", "m"],
  ] as const;
  for (const [lower, upper] of intervals) coverage.hold(lower, upper);
  for (const [lower, upper] of intervals) coverage.release(lower, upper);
  expect(coverage.isEmpty).toBe(true);
  expect(() => coverage.release("a", "b")).toThrow(expect.objectContaining({ code: "internal" }));
});
