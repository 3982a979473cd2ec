import fc from "fast-check";
import { expect, test } from "vitest";
import type { Schema } from "../schema/index.ts";
import { encodeKey, encodeKeyElement, type Document } from "../values/index.ts";
import { HeldRanges } from "./held-ranges.ts";
import type { Row } from "./row.ts";

const indexes = [
  { name: "by_id", fields: ["_id"] },
  { name: "by_rank", fields: ["rank", "_id"] },
];
// Only what `ranges` asks of a schema: the names and fields of the indexes of each table, and its projections.
const schema = { tables: { t: { name: "t", indexes, projections: [] } } } as unknown as Schema;

function rowOf(k: number, rank: number, version: number): Row {
  const id = `row ${k}`;
  return { id, version, keys: [encodeKeyElement(id), encodeKey([rank, id])], document: { _id: id } as Document };
}

/** A memory next to the plain list of what it should have. */
interface Branch {
  readonly held: HeldRanges;
  readonly rows: Map<string, Row>;
}

const anyStep = fc.record({
  kind: fc.constantFrom("put", "putNew", "remove", "clone", "read", "prepare", "count"),
  branch: fc.nat(3),
  ks: fc.uniqueArray(fc.nat(30), { maxLength: 12 }),
  rank: fc.nat(5),
});
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

function check({ held, rows }: Branch, position: number): void {
  const index = indexes[position]?.name ?? "";
  const found = held.read({ table: "t", index, equalities: 0, lower: "", upper: "\xff" }, "asc", Infinity).rows;
  const keyOf = (row: Row): string => row.keys[position] ?? "";
  expect(found).toEqual([...rows.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)));
}

function take(branches: Branch[], step: Step, version: number): void {
  const branch = branches[step.branch % branches.length];
  if (!branch) return;
  const { held, rows } = branch;
  const made = step.ks.map((k) => rowOf(k, step.rank + (k % 3), version));
  switch (step.kind) {
    case "put":
      for (const row of made) held.put("t", row);
      for (const row of made) rows.set(row.id, row);
      return;
    case "putNew": {
      const fresh = made.filter(({ id }) => !rows.has(id));
      held.putNew("t", fresh);
      for (const row of fresh) rows.set(row.id, row);
      return;
    }
    case "remove":
      for (const { id } of made) expect(held.remove("t", id)).toEqual(rows.get(id));
      for (const { id } of made) rows.delete(id);
      return;
    case "clone":
      branches.push({ held: held.clone(), rows: new Map(rows) });
      return;
    case "read":
      return check(branch, step.rank % indexes.length);
    case "prepare":
      held.prepare("t", step.rank % indexes.length, step.rank);
      return;
    case "count":
      expect(held.rows("t")).toHaveLength(rows.size);
  }
}

test("[RA1] rows that are put together are found by every index, and by no copy that was made before", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const branches: Branch[] = [{ held: HeldRanges.create(schema), rows: new Map() }];
      for (const [version, step] of steps.entries()) take(branches, step, version);
      for (const branch of branches) {
        expect(branch.held.rows("t")).toHaveLength(branch.rows.size);
        for (const position of indexes.keys()) check(branch, position);
      }
    }),
    { numRuns: 500 },
  );
});
