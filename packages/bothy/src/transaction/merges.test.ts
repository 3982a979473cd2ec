import { expect, test } from "vitest";
import { addToSet, inc, removeFromSet, type DatabaseWriter } from "../functions/index.ts";
import { HeldRanges } from "../ranges/index.ts";
import { defineSchema, defineTable, documentKeys, tableOf, type DataModelFromSchema } from "../schema/index.ts";
import { keyAfterPrefix, limits, makeId, v, type Document, type Id } from "../values/index.ts";
import { createTransaction, type Transaction } from "./create-transaction.ts";

const schema = defineSchema({
  posts: defineTable({
    title: v.string(),
    likes: v.optional(v.number()),
    views: v.optional(v.int64()),
    tags: v.optional(v.array(v.string())),
  }).index("by_likes", ["likes"]),
});
type Writer = DatabaseWriter<DataModelFromSchema<typeof schema>>;
const id = makeId("posts", new Uint8Array(16));
const other = makeId("posts", new Uint8Array(16).fill(1));

function start(fields: object = {}): Transaction {
  const held = HeldRanges.create(schema);
  held.hold({ table: "posts", index: "by_id", equalities: 0, lower: "", upper: keyAfterPrefix("") });
  const document: Document = { _id: id, _creationTime: 1, title: "t", ...fields };
  held.put("posts", { id, version: 7, keys: documentKeys(tableOf(schema, "posts"), document), document });
  return createTransaction({ schema, held, timeMs: 1, nextId: () => other, isReadOnly: false });
}

const invalid = expect.objectContaining({ code: "document_invalid" });

test("[TX13] an operation changes a field as it is, and one that is missing as nothing", async () => {
  const { db } = start({ likes: 2, tags: ["a", "b", "a"] });
  await db.patch(id, { likes: inc(3), views: inc(5n), tags: addToSet("b") });
  expect(await db.get(id)).toMatchObject({ likes: 5, views: 5n, tags: ["a", "b", "a"] });
  await db.patch("posts", id, { likes: inc(-1), tags: removeFromSet("a") });
  await db.patch(id, { tags: addToSet("c") });
  expect(await db.get(id)).toMatchObject({ likes: 4, tags: ["b", "c"] });
  const empty = start().db;
  await empty.patch(id, { tags: removeFromSet("a") });
  expect(await empty.get(id)).toEqual({ _id: id, _creationTime: 1, title: "t" });
  await empty.patch(id, { title: "new", tags: addToSet("a") });
  expect(await empty.get(id)).toMatchObject({ title: "new", tags: ["a"] });
});

test("[TX13] an operation that does not fit the field, or what it would make of it, is refused", async () => {
  const { db } = start({ likes: 2, views: 2n ** 63n - 1n, tags: Array(limits.arrayLengthMax).fill("x") });
  for (const wrong of [
    { title: inc(1) },
    { likes: inc(1n) },
    { views: inc(1) },
    { likes: addToSet("a") },
    { title: removeFromSet("t") },
    { tags: inc(1) },
    { views: inc(1n) },
    { tags: addToSet("y") },
    { tags: addToSet(1) },
    { _creationTime: inc(1) },
    { unknown: inc(1) },
  ])
    await expect(db.patch(id, wrong)).rejects.toEqual(invalid);
  await expect(db.patch(other, { likes: inc(1) })).rejects.toMatchObject({ code: "document_missing" });
  const wrongPlace = { title: "t", likes: inc(1) as never };
  await expect(db.replace(id, wrongPlace)).rejects.toMatchObject({ code: "value_invalid" });
  await expect(db.insert("posts", wrongPlace)).rejects.toMatchObject({ code: "document_invalid" });
});

test("[TX13] what only operations change is not read, and is told with the operations", async () => {
  const { db, reads, writes } = start({ likes: 2 });
  await db.patch(id, { likes: inc(3) });
  await db.patch(id, { tags: addToSet("a"), likes: inc(1) });
  expect(reads()).toEqual([]);
  expect(writes()).toMatchObject([
    {
      id,
      before: { document: { likes: 2 } },
      after: { document: { likes: 6, tags: ["a"] } },
      merges: [
        ["likes", { kind: "inc", operand: 3 }],
        ["tags", { kind: "addToSet", operand: "a" }],
        ["likes", { kind: "inc", operand: 1 }],
      ],
    },
  ]);
});

test("[TX13] a document that is read, set or sought after it was changed counts as read", async () => {
  const byId = expect.objectContaining({ index: "by_id", equalities: 1 });
  const uses: ((db: Transaction["db"]) => Promise<unknown>)[] = [
    (db) => db.get(id),
    (db) => db.query("posts").withIndex("by_likes").collect(),
    (db) =>
      db
        .query("posts")
        .withIndex("by_likes", (q) => q.gt("likes", 100))
        .first(),
    (db) => db.patch(id, { title: "x" }),
    (db) => db.patch(id, { title: "x", likes: inc(1) }),
    (db) => db.delete(id),
  ];
  for (const use of uses) {
    const { db, reads } = start({ likes: 2 });
    await db.patch(id, { likes: inc(1) });
    await use(db);
    expect(reads()).toContainEqual(byId);
  }
  const missing = start();
  await expect(missing.db.patch(other, { likes: inc(1) })).rejects.toThrow();
  expect(missing.reads()).toContainEqual(byId);
});

test("[TX13] what a transaction has inserted or set itself is written as it is", async () => {
  const { db, writes } = start();
  const made = await db.insert("posts", { title: "new" });
  await db.patch(made, { likes: inc(1) });
  await db.patch(id, { title: "set" });
  await db.patch(id, { likes: inc(1) });
  expect(writes().map(({ after, merges }) => [after?.document["likes"], merges])).toEqual([
    [1, undefined],
    [1, undefined],
  ]);
});

test("[TX13] the compiler takes operations where a field is a number, a bigint or an array", () => {
  const use = (db: Writer, post: Id<"posts">): void => {
    void db.patch(post, { likes: inc(1), views: inc(1n), tags: addToSet("x") });
    void db.patch("posts", post, { tags: removeFromSet("x") });
    // @ts-expect-error a number takes a number
    void db.patch(post, { likes: inc(1n) });
    // @ts-expect-error a text is no number
    void db.patch(post, { title: inc(1) });
    // @ts-expect-error the array has texts
    void db.patch(post, { tags: addToSet(1) });
    // @ts-expect-error a document is inserted with values
    void db.insert("posts", { title: "x", likes: inc(1) });
  };
  expect(use).toBeTypeOf("function");
});

test("[TX13] a field that can't be stored is refused as a value and under an operation", async () => {
  const { db } = start();
  for (const changes of ['{"__proto__":"x"}', '{"title":"new","__proto__":{"$inc":1}}'])
    await expect(db.patch(id, JSON.parse(changes))).rejects.toMatchObject({ code: "value_invalid" });
  const operation = JSON.parse('{"__proto__":null}');
  Object.defineProperty(operation, "__proto__", { value: inc(1), enumerable: true });
  await expect(db.patch(id, operation)).rejects.toMatchObject({ code: "value_invalid" });
  expect(await db.get(id)).toMatchObject({ title: "t" });
});
