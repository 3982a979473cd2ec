import fc from "fast-check";
import { expect, test } from "vitest";
import { isBothyError } from "../errors/index.ts";
import { HeldRanges, rangeTouches, type Row } from "../ranges/index.ts";
import { defineSchema, defineTable, documentKeys, tableOf, type KeyRange } from "../schema/index.ts";
import { keyAfterPrefix, makeId, v, type Document } from "../values/index.ts";
import { createTransaction, type Transaction } from "./create-transaction.ts";
import { fetchWith, type Fetch } from "./fetching.ts";

const schema = defineSchema({
  t: defineTable({ a: v.number(), b: v.number() }).index("by_a", ["a", "b"]).index("by_b", ["b"]),
});
const table = tableOf(schema, "t");

function idOf(k: number): string {
  return makeId("t", new Uint8Array(16).fill(k));
}

function rowOf(document: Document): Row {
  return { id: document._id, version: 1, keys: documentKeys(table, document), document };
}

/** What a function does in these tests: one word, or several that it calls without waiting for each. */
type Step =
  | { readonly kind: "get" | "delete"; readonly k: number }
  | { readonly kind: "insert" | "patch" | "replace"; readonly k: number; readonly a: number; readonly b: number }
  | { readonly kind: "query"; readonly read: Read }
  | { readonly kind: "together"; readonly steps: readonly Step[] };

interface Read {
  readonly index: "by_creation_time" | "by_a" | "by_b";
  readonly a: number | undefined;
  readonly atLeast: number | undefined;
  readonly below: number | undefined;
  readonly order: "asc" | "desc";
  readonly filter: number | undefined;
  readonly how: "collect" | "first" | "take" | "unique" | "walk" | "pages";
  readonly count: number;
}

const small = fc.nat(3);
const maybe = fc.option(small, { nil: undefined });
const read: fc.Arbitrary<Read> = fc.record({
  index: fc.constantFrom("by_creation_time", "by_a", "by_b"),
  a: maybe,
  atLeast: maybe,
  below: maybe,
  order: fc.constantFrom("asc", "desc"),
  filter: maybe,
  how: fc.constantFrom("collect", "first", "take", "unique", "walk", "pages"),
  count: fc.integer({ min: 1, max: 4 }),
});
// Inserted documents are named from 20 on, so that later steps may meet them.
const k = fc.oneof(fc.nat(11), fc.integer({ min: 20, max: 22 }));
const single: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("get" as const, "delete" as const), k }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("insert" as const, "patch" as const, "replace" as const),
      k,
      a: small,
      b: small,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("query" as const), read }) },
);
const program = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: single },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("together" as const), steps: fc.array(single, { maxLength: 4 }) }),
    },
  ),
  { maxLength: 10 },
);
const world = fc
  .array(fc.record({ a: small, b: small }), { maxLength: 12 })
  .map((all) => all.map((fields, i) => documentOf(i, fields)));

function documentOf(k: number, fields: { readonly a: number; readonly b: number }): Document {
  return { _id: idOf(k), _creationTime: k % 5, ...fields };
}

function queryOf(db: Transaction["db"], { index, a, atLeast, below, order, filter }: Read) {
  const bounded = db.query("t").withIndex(index, (q) => {
    const [first = "", second = ""] = table.indexes.find(({ name }) => name === index)?.fields ?? [];
    const isFixed = a !== undefined && index === "by_a";
    const start = isFixed ? q.eq(first, a) : q;
    const field = isFixed ? second : first;
    const low = atLeast === undefined ? start : start.gte(field, atLeast);
    return below === undefined ? low : low.lt(field, below);
  });
  const ordered = bounded.order(order);
  return filter === undefined ? ordered : ordered.filter((q) => q.neq(q.field("b"), filter));
}

async function readWith(db: Transaction["db"], read: Read): Promise<unknown> {
  const query = queryOf(db, read);
  switch (read.how) {
    case "collect":
      return query.collect();
    case "first":
      return query.first();
    case "take":
      return query.take(read.count);
    case "unique":
      return query.unique();
    case "walk": {
      const walked: Document[] = [];
      for await (const document of query) if (walked.push(document) > read.count) break;
      return walked;
    }
    case "pages": {
      const first = await query.paginate({ numItems: read.count, cursor: null });
      return [first, await query.paginate({ numItems: read.count, cursor: first.continueCursor })];
    }
  }
}

/** Runs one step and returns what the function sees of it. */
async function runStep(db: Transaction["db"], step: Step): Promise<unknown> {
  try {
    switch (step.kind) {
      case "get":
        return await db.get(idOf(step.k));
      case "delete":
        return await db.delete(idOf(step.k));
      case "insert":
        return await db.insert("t", { a: step.a, b: step.b });
      case "patch":
        return await db.patch(idOf(step.k), { a: step.a });
      case "replace":
        return await db.replace(idOf(step.k), { a: step.a, b: step.b });
      case "query":
        return await readWith(db, step.read);
      case "together":
        return await Promise.all(step.steps.map((one) => runStep(db, one)));
    }
  } catch (error) {
    return isBothyError(error) ? error.code : error;
  }
}

interface Ran {
  readonly seen: readonly unknown[];
  readonly transaction: Transaction;
}

async function run(held: HeldRanges, steps: readonly Step[], fetch?: Fetch): Promise<Ran> {
  const transaction = createTransaction({
    schema,
    held,
    timeMs: 2,
    nextId: (_, k) => idOf(20 + k),
    isReadOnly: false,
    ...(fetch === undefined ? {} : { fetch: fetchWith(fetch) }),
  });
  const seen: unknown[] = [];
  for (const step of steps) seen.push(await runStep(transaction.db, step));
  return { seen, transaction };
}

const all: KeyRange = { table: "t", index: "by_id", equalities: 0, lower: "", upper: keyAfterPrefix("") };

function holdingAll(documents: readonly Document[]): HeldRanges {
  const held = HeldRanges.create(schema);
  held.hold(all);
  for (const document of documents) held.put("t", rowOf(document));
  return held;
}

/** Fetches from a world, at most `rowsMax` rows at a time and a few microtasks later, in the order of the calls. */
function fetchFrom(world: HeldRanges, rowsMax: number): Fetch {
  let last = Promise.resolve();
  return (range, order, limit) => {
    const { rows } = world.read(range, order, Math.min(limit, rowsMax));
    const lastKey =
      rows.length === Math.min(limit, rowsMax)
        ? rows.at(-1)?.keys[table.indexes.findIndex(({ name }) => name === range.index)]
        : undefined;
    const part =
      lastKey === undefined
        ? range
        : order === "asc"
          ? { ...range, upper: keyAfterPrefix(lastKey) }
          : { ...range, lower: lastKey };
    last = last.then(() => {}).then(() => {});
    return last.then(() => ({ part, rows }));
  };
}

/** What the ranges of a read set contain of some keys: two lists of ranges may say the same in other pieces. */
function isRead(reads: readonly KeyRange[], row: Row): boolean {
  return reads.some((range) => {
    const position = table.indexes.findIndex(({ name }) => name === range.index);
    return rangeTouches(range, position, { before: null, after: row.keys });
  });
}

test("[TX1] [TX2] [TX4] cold, half held or hot: a function sees, reads and writes the same", async () => {
  await fc.assert(
    fc.asyncProperty(
      world,
      program,
      fc.integer({ min: 1, max: 5 }),
      fc.array(small),
      async (documents, steps, rowsMax, held) => {
        const hot = await run(holdingAll(documents), steps);
        expect(hot.transaction.isComplete()).toBe(true);
        const half = HeldRanges.create(schema);
        for (const a of held) {
          const lower = documentKeys(table, documentOf(0, { a, b: 0 }))[2]?.slice(0, 9) ?? "";
          half.hold({ table: "t", index: "by_a", equalities: 1, lower, upper: keyAfterPrefix(lower) });
          for (const document of documents) if (document["a"] === a) half.put("t", rowOf(document));
        }
        const cold = await run(half, steps, fetchFrom(holdingAll(documents), rowsMax));
        expect(cold.seen).toEqual(hot.seen);
        expect(cold.transaction.writes()).toEqual(hot.transaction.writes());
        expect(cold.transaction.reads()).toEqual(hot.transaction.reads());
      },
    ),
    { numRuns: 100 },
  );
});

test("[TX3] a write that touches no range of the read set changes nothing that the function saw or wrote", async () => {
  let untouchedCount = 0;
  await fc.assert(
    fc.asyncProperty(
      world,
      program,
      fc.nat(11),
      fc.option(fc.record({ a: small, b: small })),
      async (documents, steps, k, after) => {
        const before = await run(holdingAll(documents), steps);
        const reads = before.transaction.reads();
        const old = documents.find(({ _id }) => _id === idOf(k));
        const others = documents.filter((document) => document !== old);
        const now = after === null ? [] : [documentOf(k, after)];
        if ([...(old === undefined ? [] : [old]), ...now].some((document) => isRead(reads, rowOf(document)))) return;
        untouchedCount++;
        const again = await run(holdingAll([...others, ...now]), steps);
        expect(again.seen).toEqual(before.seen);
        expect(again.transaction.writes()).toEqual(before.transaction.writes());
      },
    ),
    { numRuns: 400 },
  );
  expect(untouchedCount).toBeGreaterThan(20);
});

test("[TX1] [TX9] a function sees what a plain list of documents would show", async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.array(single, { maxLength: 12 }), async (documents, steps) => {
      const { seen, transaction } = await run(holdingAll(documents), steps);
      const model = new Map(documents.map((document) => [document._id, document]));
      let inserted = 0;
      let time = 2;
      for (const [at, step] of steps.entries()) {
        expect(seen[at]).toEqual(
          modelStep(model, step, () => ({
            _id: idOf(20 + inserted++),
            _creationTime: inserted === 1 ? 2 : (time = time + 2 ** -51),
          })),
        );
      }
      const net = new Map(documents.map((document) => [document._id, document]));
      for (const { id, after } of transaction.writes()) {
        if (after === undefined) net.delete(id);
        else net.set(id, after.document);
      }
      expect(net).toEqual(model);
    }),
    { numRuns: 200 },
  );
});

function modelStep(
  model: Map<string, Document>,
  step: Step,
  newSystemFields: () => Pick<Document, "_id" | "_creationTime">,
): unknown {
  switch (step.kind) {
    case "insert": {
      const document = { ...newSystemFields(), a: step.a, b: step.b };
      model.set(document._id, document);
      return document._id;
    }
    case "query":
      return modelRead([...model.values()], step.read);
    case "together":
      return step.steps.map((one) => modelStep(model, one, newSystemFields));
    case "get":
      return model.get(idOf(step.k)) ?? null;
    case "delete":
      return model.delete(idOf(step.k)) ? undefined : "document_missing";
    default: {
      const document = model.get(idOf(step.k));
      if (document === undefined) return "document_missing";
      model.set(document._id, { ...document, a: step.a, ...(step.kind === "replace" ? { b: step.b } : {}) });
      return undefined;
    }
  }
}

function modelRead(documents: readonly Document[], read: Read): unknown {
  const position = table.indexes.findIndex(({ name }) => name === read.index);
  const fixesA = read.index === "by_a" && read.a !== undefined;
  const field = read.index === "by_creation_time" ? "_creationTime" : read.index === "by_b" || fixesA ? "b" : "a";
  const keyOf = (document: Document): string => documentKeys(table, document)[position] ?? "";
  const found = documents.filter(
    (document) =>
      (!fixesA || document["a"] === read.a) &&
      (read.atLeast === undefined || Number(document[field]) >= read.atLeast) &&
      (read.below === undefined || Number(document[field]) < read.below),
  );
  found.sort((x, y) => (keyOf(x) < keyOf(y) ? -1 : 1));
  if (read.order === "desc") found.reverse();
  const kept = found.filter((document) => read.filter === undefined || document["b"] !== read.filter);
  switch (read.how) {
    case "collect":
      return kept;
    case "first":
      return kept[0] ?? null;
    case "take":
      return kept.slice(0, read.count);
    case "unique":
      return kept.length > 1 ? "not_unique" : (kept[0] ?? null);
    case "walk":
      return kept.slice(0, read.count + 1);
    case "pages":
      return [0, read.count].map((start) => ({
        page: kept.slice(start, start + read.count),
        isDone: kept.length < start + read.count,
        continueCursor: expect.any(String),
      }));
  }
}
