import fc from "fast-check";
import { expect, test } from "vitest";
import { SortedMap } from "./sorted-map.ts";

/** What a SortedMap should be: a plain map, sorted when it is read. */
class Model {
  readonly #values: Map<string, number>;

  constructor(values: Iterable<readonly [string, number]> = []) {
    this.#values = new Map(values);
  }

  clone(): Model {
    return new Model(this.#values);
  }

  set(key: string, value: number): void {
    this.#values.set(key, value);
  }

  delete(key: string): number | undefined {
    const value = this.#values.get(key);
    this.#values.delete(key);
    return value;
  }

  within(lower: string, upper: string): [string, number][] {
    return [...this.#values].filter(([key]) => key >= lower && key < upper).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function entriesOf(map: SortedMap<number>, lower: string, upper: string, order: "asc" | "desc"): [string, number][] {
  const entries: [string, number][] = [];
  map.scan(lower, upper, order, (value, key) => {
    entries.push([key, value]);
  });
  return entries;
}

// Enough keys for three levels of nodes.
const keysMax = 3000;

function nameOf(place: number): string {
  return place.toString().padStart(4, "0");
}

const key = fc.nat(keysMax).map(nameOf);
// Runs of neighbours, up or down, fill and empty whole nodes, which single keys rarely do.
const keys = fc
  .record({
    start: fc.nat(keysMax),
    length: fc.oneof(fc.constant(1), fc.nat(100), fc.nat(keysMax)),
    isUp: fc.boolean(),
  })
  .map(({ start, length, isUp }) => {
    const names = Array.from({ length }, (_, i) => nameOf(start + i));
    return isUp ? names : names.toReversed();
  });
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom("set" as const, "delete" as const), map: fc.nat(), keys }),
  fc.record({ kind: fc.constant("clone" as const), map: fc.nat() }),
  fc.record({ kind: fc.constant("read" as const), map: fc.nat(), lower: key, upper: key }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Pair {
  readonly map: SortedMap<number>;
  readonly model: Model;
}

/** Does one step to one of the maps and to its model, and compares what they say. */
function apply(pairs: Pair[], one: Step, value: number): void {
  const pair = pairs[one.map % pairs.length];
  if (pair === undefined) return;
  const { map, model } = pair;
  switch (one.kind) {
    case "clone":
      if (pairs.length < 6) pairs.push({ map: map.clone(), model: model.clone() });
      break;
    case "set":
      for (const key of one.keys) {
        map.set(key, value);
        model.set(key, value);
      }
      break;
    case "delete":
      for (const key of one.keys) expect(map.delete(key)).toBe(model.delete(key));
      break;
    case "read": {
      const expected = model.within(one.lower, one.upper);
      expect(entriesOf(map, one.lower, one.upper, "asc")).toEqual(expected);
      expect(entriesOf(map, one.lower, one.upper, "desc")).toEqual(expected.toReversed());
      expect(map.ceiling(one.lower)).toBe(model.within(one.lower, "\uffff")[0]?.[0]);
      expect(map.keyBefore(one.lower)).toBe(model.within("", one.lower).at(-1)?.[0]);
      break;
    }
  }
}

test("[RA1] a map and all of its clones are what sorted arrays would be, whoever writes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const pairs: Pair[] = [{ map: new SortedMap<number>(), model: new Model() }];
      let value = 0;
      for (const one of steps) apply(pairs, one, ++value);
      for (const { map, model } of pairs) {
        const expected = model.within("", "\uffff");
        expect(map.size).toBe(expected.length);
        expect(entriesOf(map, "", "\uffff", "asc")).toEqual(expected);
        expect(entriesOf(map, "", "\uffff", "desc")).toEqual(expected.toReversed());
        expect(expected.every(([key, value]) => map.get(key) === value)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test("[RA1] a scan ends when its visitor says so", () => {
  const map = new SortedMap<number>();
  for (let i = 100; i < 400; i++) map.set(String(i), i);
  for (const order of ["asc", "desc"] as const) {
    const seen: number[] = [];
    map.scan("", "\uffff", order, (value) => seen.push(value) < 70);
    expect(seen).toHaveLength(70);
    expect(seen[69]).toBe(order === "asc" ? 169 : 330);
  }
});

test("[RA1] a map may be written while a clone of it is scanned", () => {
  const map = new SortedMap<number>();
  for (let i = 100; i < 300; i++) map.set(String(i), i);
  const seen: number[] = [];
  map.clone().scan("", "\uffff", "asc", (value, key) => {
    map.delete(key);
    seen.push(value);
  });
  expect(seen).toHaveLength(200);
  expect(map.size).toBe(0);
});
