import {
  addToSet,
  createTransaction,
  defineSchema,
  defineTable,
  HeldRanges,
  inc,
  isBothyError,
  keyAfterPrefix,
  parseValue,
  removeFromSet,
  v,
} from "bothy/internal";
import type { AnyDatabaseWriter, Document } from "bothy/internal";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CommitOutcome, CommitRequest, Engine } from "./engine.ts";
import { newId, openTestEngine, putDocument, testWorld } from "./test-engine.ts";
import { rowOf } from "./transact.ts";

const schema = defineSchema({
  posts: defineTable({
    title: v.string(),
    likes: v.optional(v.number()),
    tags: v.optional(v.array(v.string())),
  }).index("by_likes", ["likes"]),
});
const open = (): Promise<Engine> => openTestEngine(testWorld(), { schema });
const all = { table: "posts", index: "by_likes", equalities: 0, lower: "", upper: keyAfterPrefix("") };

const postsOf = (engine: Engine): Document[] =>
  engine.read(all, "asc", 100).documents.map(({ text }) => parseValue(text) as Document);

function insertPost(engine: Engine, fields: object = {}): string {
  const _id = newId("posts");
  const write = putDocument(engine, "posts", { _id, title: "t", ...fields });
  engine.commit({ snapshot: engine.version, reads: [], writes: [write] });
  return _id;
}

/** What a function has come to, at the version at which it began. */
interface Run {
  readonly result: unknown;
  readonly request: CommitRequest;
}

async function run(engine: Engine, work: (db: AnyDatabaseWriter) => Promise<unknown>): Promise<Run> {
  const held = HeldRanges.create(schema);
  held.hold({ ...all, index: "by_id" });
  for (const stored of engine.read(all, "asc", 100).documents) held.put("posts", rowOf(schema, "posts", stored));
  const snapshot = engine.version;
  const transaction = createTransaction({ schema, held, timeMs: 1, nextId: newId, isReadOnly: false });
  const result = await work(transaction.db).catch((error: unknown) => {
    if (isBothyError(error)) return error.code;
    throw error;
  });
  const hasFailed = typeof result === "string";
  const writes = transaction.writes().map(({ table, id, before, after, merges }) => ({
    table,
    id,
    text: after?.text ?? null,
    before: before?.keys ?? null,
    after: after?.keys ?? null,
    ...(merges && { merges: merges.map(([field, { kind, operand }]) => [field, kind, operand as string] as const) }),
  }));
  return { result, request: { snapshot, reads: transaction.reads(), writes: hasFailed ? [] : writes } };
}

test("[TX13] 64 calls at once that add to one document all commit, and none meets another", async () => {
  const engine = await open();
  const id = insertPost(engine, { likes: 1 });
  const runs = await Promise.all(
    Array.from({ length: 64 }, () => run(engine, (db) => db.patch(id, { likes: inc(1) }))),
  );
  for (const { request } of runs) expect(engine.commit(request).kind).toBe("committed");
  expect(postsOf(engine)).toMatchObject([{ _id: id, likes: 65 }]);
  expect(engine.figures.conflicts).toEqual({ reads: 0, guard: 0 });
  await engine.close();
});

test("[TX13] listeners, the log and every index have the document as it was committed", async () => {
  const engine = await open();
  const id = insertPost(engine, { likes: 1 });
  const late = await run(engine, (db) => db.patch(id, { likes: inc(10), tags: addToSet("b") }));
  const early = await run(engine, (db) => db.patch(id, { likes: 5, tags: ["a"], title: "new" }));
  expect(engine.commit(early.request).kind).toBe("committed");
  const heard: unknown[] = [];
  engine.onCommit(({ writes }) => heard.push(...writes));
  expect(engine.commit(late.request).kind).toBe("committed");
  const [post] = postsOf(engine);
  expect(post).toMatchObject({ likes: 15, tags: ["a", "b"], title: "new" });
  expect(postsOf(engine)).toHaveLength(1);
  expect(heard).toEqual([expect.objectContaining({ id, text: expect.stringContaining('"likes":15') })]);
  expect(heard[0]).not.toHaveProperty("merges");
  await engine.close();
});

test("[TX13] a document that has gone, or that could not be stored any more, makes the call run again", async () => {
  const engine = await open();
  const gone = insertPost(engine);
  const full = insertPost(engine, { tags: Array.from({ length: 8_191 }, (_, k) => String(k)) });
  const runs = await Promise.all([
    run(engine, (db) => db.patch(gone, { likes: inc(1) })),
    run(engine, (db) => db.patch(full, { tags: addToSet("b") })),
  ]);
  engine.commit((await run(engine, (db) => db.delete(gone))).request);
  engine.commit((await run(engine, (db) => db.patch(full, { tags: addToSet("a") }))).request);
  for (const { request } of runs) expect(engine.commit(request).kind).toBe("conflict");
  const again = await run(engine, (db) => db.patch(full, { tags: addToSet("b") }));
  expect([again.result, engine.commit(again.request).kind]).toEqual(["document_invalid", "committed"]);
  await engine.close();
});

test("[TX13] a call that has looked through an index after its operation conflicts, wherever the document lay", async () => {
  const engine = await open();
  const id = insertPost(engine, { likes: 0 });
  const looking = await run(engine, async (db) => {
    await db.patch(id, { likes: inc(3) });
    return {
      found: await db
        .query("posts")
        .withIndex("by_likes", (q) => q.gt("likes", 3))
        .collect(),
    };
  });
  expect(looking.result).toEqual({ found: [] });
  // Neither 0 nor 1 lies in what it has looked at; yet now it would find the document there.
  engine.commit((await run(engine, (db) => db.patch(id, { likes: inc(1) }))).request);
  expect(engine.commit(looking.request).kind).toBe("conflict");
  await engine.close();
});

type Step =
  | { readonly kind: "inc"; readonly k: number; readonly by: number }
  | { readonly kind: "add" | "remove"; readonly k: number; readonly tag: string }
  | { readonly kind: "get" | "delete"; readonly k: number }
  | { readonly kind: "set"; readonly k: number; readonly likes: number }
  | { readonly kind: "above"; readonly likes: number };

const k = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("inc" as const), k, by: fc.integer({ min: -3, max: 3 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("add" as const, "remove" as const),
      k,
      tag: fc.constantFrom("a", "b"),
    }),
  },
  fc.record({ kind: fc.constant("get" as const), k }),
  fc.record({ kind: fc.constant("delete" as const), k }),
  fc.record({ kind: fc.constant("set" as const), k, likes: fc.integer({ min: 0, max: 6 }) }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("above" as const), likes: fc.integer({ min: 0, max: 6 }) }) },
);

interface Post {
  likes: number;
  tags: readonly string[];
}

/** What the steps come to when nothing else runs: posts by place, or the error that ends them and undoes them all. */
function serially(posts: Map<number, Post>, steps: readonly Step[]): unknown {
  const copy = new Map([...posts].map(([place, post]) => [place, { ...post }]));
  const results: unknown[] = [];
  for (const one of steps) {
    if (one.kind === "above") {
      results.push([...copy].flatMap(([place, { likes }]) => (likes > one.likes ? [place] : [])).sort((a, b) => a - b));
      continue;
    }
    const post = copy.get(one.k);
    const tag = "tag" in one ? one.tag : "";
    if (one.kind === "get") results.push(post && { ...post });
    else if (post === undefined) return "document_missing";
    else if (one.kind === "delete") copy.delete(one.k);
    else if (one.kind === "set") post.likes = one.likes;
    else if (one.kind === "inc") post.likes += one.by;
    else if (one.kind === "add") post.tags = post.tags.includes(tag) ? post.tags : [...post.tags, tag];
    else post.tags = post.tags.filter((known) => known !== tag);
  }
  posts.clear();
  for (const [place, post] of copy) posts.set(place, post);
  return results;
}

const placeOf = (document: Document): number => Number(document["title"]);

async function take(db: AnyDatabaseWriter, ids: readonly string[], steps: readonly Step[]): Promise<unknown> {
  const results: unknown[] = [];
  for (const one of steps) {
    if (one.kind === "above") {
      const found = await db
        .query("posts")
        .withIndex("by_likes", (q) => q.gt("likes", one.likes))
        .collect();
      results.push(found.map(placeOf).sort((a, b) => a - b));
      continue;
    }
    const id = ids[one.k] ?? "";
    const tag = "tag" in one ? one.tag : "";
    if (one.kind === "get") {
      const post = await db.get(id);
      results.push(post === null ? undefined : { likes: post["likes"], tags: post["tags"] });
    } else if (one.kind === "delete") await db.delete(id);
    else if (one.kind === "set") await db.patch(id, { likes: one.likes });
    else if (one.kind === "inc") await db.patch(id, { likes: inc(one.by) });
    else await db.patch(id, { tags: one.kind === "add" ? addToSet(tag) : removeFromSet(tag) });
  }
  return results;
}

test("[TX13] however calls overlap, each sees and leaves what it would if they had run one after the other", async () => {
  const engine = await open();
  const call = fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 4 }), delay: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 7 }), async (calls) => {
      for (const post of postsOf(engine)) engine.commit((await run(engine, (db) => db.delete(post._id))).request);
      const ids = [0, 1, 2].map((place) => insertPost(engine, { title: String(place), likes: place, tags: [] }));
      const model = new Map<number, Post>(ids.map((_, place) => [place, { likes: place, tags: [] }]));
      const underWay: { readonly steps: readonly Step[]; run: Run; due: number }[] = [];
      const finish = async (now: number): Promise<void> => {
        for (const one of underWay.splice(0)) {
          if (one.due > now) {
            underWay.push(one);
            continue;
          }
          let outcome: CommitOutcome = engine.commit(one.run.request);
          while (outcome.kind !== "committed") {
            one.run = await run(engine, (db) => take(db, ids, one.steps));
            outcome = engine.commit(one.run.request);
          }
          expect(one.run.result).toEqual(serially(model, one.steps));
        }
      };
      for (const [now, { steps, delay }] of calls.entries()) {
        underWay.push({ steps, run: await run(engine, (db) => take(db, ids, steps)), due: now + delay });
        await finish(now);
      }
      await finish(Number.POSITIVE_INFINITY);
      const stored = new Map(
        postsOf(engine).map((post) => [placeOf(post), { likes: post["likes"], tags: post["tags"] }]),
      );
      expect(stored).toEqual(model);
    }),
    { numRuns: 400 },
  );
  await engine.close();
});
