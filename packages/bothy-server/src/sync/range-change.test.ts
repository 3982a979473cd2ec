import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeChanges, RangeCollation } from "./range-change.ts";
import type { RangeChange } from "./range-change.ts";

/** Where a document is: its key in the range, or null for outside. */
type Place = string | null;

interface Write {
  readonly id: string;
  readonly to: Place;
}

const write: fc.Arbitrary<Write> = fc.record({
  id: fc.constantFrom("a", "b", "c", "d"),
  to: fc.option(fc.constantFrom("k1", "k2", "k3")),
});

/** Groups of commits of one write each. */
const groups = fc.array(fc.array(write, { maxLength: 6 }), { minLength: 1, maxLength: 5 });
const inside = fc.subarray(["a", "b", "c", "d"]);

interface Run {
  /** The change of each group that changed anything. */
  readonly changes: readonly RangeChange[];
  /** What is inside in the end: the version that wrote it, by id. */
  readonly end: Readonly<Record<string, number>>;
  readonly growth: number;
}

function run(held: readonly string[], steps: readonly (readonly Write[])[]): Run {
  const places = new Map<string, Place>(held.map((id) => [id, "k0"]));
  const versions = new Map<string, number>(held.map((id) => [id, 0]));
  const changes: RangeChange[] = [];
  let version = 0;
  let growth = 0;
  for (const writes of steps) {
    const collation = new RangeCollation();
    for (const { id, to } of writes) {
      version++;
      const from = places.get(id) ?? null;
      const keys = (place: Place) => (place === null ? null : [place]);
      collation.note(
        { table: "t", id, text: `"${version}"`, before: keys(from), after: keys(to) },
        version,
        (of) => of?.[0],
      );
      places.set(id, to);
      versions.set(id, version);
    }
    growth += collation.growth;
    const change = collation.finish(1);
    if (change) changes.push(change);
  }
  const end = [...places].flatMap(([id, place]) => (place === null ? [] : [[id, versions.get(id) ?? 0] as const]));
  return { changes, end: Object.fromEntries(end), growth };
}

function applyTo(held: ReadonlyMap<string, number>, { rows, gone }: RangeChange): Map<string, number> {
  const next = new Map(held);
  for (const id of gone) next.delete(id);
  for (const { id, version } of rows) next.set(id, version);
  return next;
}

const heldAtFirst = (held: readonly string[]) => new Map(held.map((id) => [id, 0]));

test("[SY7] the changes of groups, one after the other, lead to what is inside", () => {
  fc.assert(
    fc.property(inside, groups, (held, steps) => {
      const { changes, end, growth } = run(held, steps);
      let now = heldAtFirst(held);
      for (const change of changes) {
        // Who left is named only if it was inside before this group.
        for (const id of change.gone) expect(now.has(id)).toBe(true);
        for (const { id, isNew } of change.rows) expect(isNew).toBe(!now.has(id));
        now = applyTo(now, change);
      }
      expect(Object.fromEntries(now)).toEqual(end);
      expect(growth).toBe(Object.keys(end).length - held.length);
    }),
  );
});

test("[SY9] merged changes lead to the same, tell each document once, and name nobody who came and left in between", () => {
  fc.assert(
    fc.property(inside, groups, (held, steps) => {
      const { changes, end } = run(held, steps);
      const merged = mergeChanges(1, changes);
      const now = heldAtFirst(held);
      expect(Object.fromEntries(merged ? applyTo(now, merged) : now)).toEqual(end);
      if (!merged) return;
      for (const id of merged.gone) expect(held).toContain(id);
      const told = [...merged.gone, ...merged.rows.map(({ id }) => id)];
      expect(new Set(told).size).toBe(told.length);
    }),
  );
});

test("[SY14] changes are merged once for all who need the same", () => {
  const { changes } = run(["a"], [[{ id: "a", to: "k1" }], [{ id: "b", to: "k1" }], [{ id: "a", to: null }]]);
  expect(changes).toHaveLength(3);
  expect(mergeChanges(1, changes)).toBe(mergeChanges(1, changes));
  expect(mergeChanges(1, changes.slice(1))).not.toBe(mergeChanges(1, changes));
  expect(mergeChanges(1, changes.slice(2))).toBe(changes[2]);
});

test("[SY11] changes among which an edge moved can't be merged: only the whole window tells", () => {
  const moved = new RangeCollation();
  const row = { id: "z", key: "k0", version: 1, text: "1", isNew: true };
  const change = moved.finish(1, { edge: "k0", rows: [row] });
  const { changes } = run([], [[{ id: "a", to: "k1" }]]);
  expect(change).toMatchObject({ edge: "k0", rows: [row], gone: [] });
  expect(mergeChanges(1, [...changes, ...(change ? [change] : [])])).toBeUndefined();
});

test("[SY11] a rising edge takes with it what was held, and keeps silent about what was not", () => {
  const collation = new RangeCollation();
  const note = (id: string, before: Place, after: Place) =>
    collation.note(
      { table: "t", id, text: "1", before: before === null ? null : [before], after: after === null ? null : [after] },
      1,
      (keys) => keys?.[0],
    );
  note("falls", "k9", "k1");
  note("comes low", null, "k1");
  note("stays", "k9", "k8");
  expect(collation.finish(1, { edge: "k5", rows: [] })).toMatchObject({
    rows: [{ id: "stays" }],
    gone: ["falls"],
    edge: "k5",
  });
});
