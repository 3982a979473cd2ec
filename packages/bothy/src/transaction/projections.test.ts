import { expect, expectTypeOf, test } from "vitest";
import type { TypedDatabaseReader } from "../functions/index.ts";
import { HeldRanges } from "../ranges/index.ts";
import {
  type DataModelFromSchema,
  defineSchema,
  defineTable,
  documentKeys,
  keyRangeOf,
  projectFields,
  projectionOf,
  type RangeSpec,
  tableOf,
} from "../schema/index.ts";
import { type Document, freezeDeep, type Id, makeId, v } from "../values/index.ts";
import { fetchWith } from "./fetching.ts";
import { createTransaction, type Transaction, type TransactionOptions } from "./index.ts";

const schema = defineSchema({
  reports: defineTable({ airport: v.string(), title: v.string(), status: v.string(), body: v.string() })
    .index("by_airport", ["airport"])
    .index("by_body", ["body"])
    .projection("line", ["airport", "title"])
    .projection("card", ["airport", "title", "status"]),
});
const table = tableOf(schema, "reports");
const line = projectionOf(table, "line");

const report = (byte: number, fields: Partial<Document> = {}): Document =>
  freezeDeep({
    _id: makeId("reports", new Uint8Array(16).fill(byte)),
    _creationTime: byte,
    airport: "HAM",
    title: `title ${byte}`,
    status: "open",
    body: "long",
    ...fields,
  });
const [first, second] = [report(1), report(2)];
const lineOf = (document: Document): Document => projectFields(document, line);

/** A device that holds the reports of Hamburg, as lines or whole. */
function device(documents: readonly Document[], only?: "line"): HeldRanges {
  const held = HeldRanges.create(schema);
  const spec: RangeSpec = { table: "reports", index: "by_airport", prefix: ["HAM"], ...(only && { only }) };
  held.hold(keyRangeOf(schema, spec));
  for (const document of documents) {
    const row = { id: document._id, version: 1 };
    if (only)
      held.put("reports", {
        ...row,
        document: lineOf(document),
        keys: documentKeys(table, document, line),
        projection: only,
      });
    else held.put("reports", { ...row, document, keys: documentKeys(table, document) });
  }
  return held;
}

function start(held: HeldRanges, more: Partial<TransactionOptions> = {}): Transaction {
  return createTransaction({
    schema,
    held: held.clone(),
    timeMs: 10,
    nextId: () => makeId("reports", new Uint8Array(16).fill(99)),
    isReadOnly: false,
    ...more,
  });
}

const inHamburg = (transaction: Transaction, only?: string) => {
  const { db } = transaction;
  return (only === undefined ? db.query("reports") : db.query("reports").only(only)).withIndex("by_airport", (q) =>
    q.eq("airport", "HAM"),
  );
};

test("[TX14] a device that holds lines reads lines completely, and nothing of them as whole documents", async () => {
  const held = device([first, second], "line");
  const narrow = start(held);
  expect(await inHamburg(narrow, "line").collect()).toEqual([lineOf(first), lineOf(second)]);
  expect(await narrow.db.get(first._id, { only: "line" })).toEqual(lineOf(first));
  expect(narrow.isComplete()).toBe(true);
  for (const only of ["card", undefined]) {
    const wider = start(held);
    expect(await inHamburg(wider, only).collect()).toEqual([]);
    expect(wider.isComplete()).toBe(false);
    const byId = start(held);
    expect(await byId.db.get(first._id, ...(only === undefined ? [] : [{ only }]))).toBeNull();
    expect(byId.isComplete()).toBe(false);
  }
});

test("[TX14] where whole documents are held, a read of a projection is complete and shows nothing else, filters included", async () => {
  const held = device([first, second]);
  const transaction = start(held);
  expect(await inHamburg(transaction, "line").collect()).toEqual([lineOf(first), lineOf(second)]);
  expect(
    await inHamburg(transaction, "line")
      .filter((q) => q.eq(q.field("body"), "long"))
      .collect(),
  ).toEqual([]);
  expect(await transaction.db.get("reports", first._id, { only: "line" })).toEqual(lineOf(first));
  const pages = await inHamburg(transaction, "line").paginate({ numItems: 1, cursor: null });
  expect(pages.page).toEqual([lineOf(first)]);
  expect(transaction.isComplete()).toBe(true);
  expect(Object.isFrozen(await inHamburg(transaction, "line").first())).toBe(true);
});

test("[TX14] on a server the range is fetched whole, whatever is shown of it", async () => {
  const asked: unknown[] = [];
  const { db, reads } = start(HeldRanges.create(schema), {
    fetch: fetchWith(async (range) => {
      asked.push(range.projection);
      return { part: range, rows: [{ id: first._id, version: 1, keys: documentKeys(table, first), document: first }] };
    }),
  });
  expect(await db.query("reports").only("card").withIndex("by_airport").collect()).toHaveLength(1);
  expect(await db.get(first._id)).toEqual(first);
  expect(asked).toEqual([undefined]);
  expect(reads().every(({ projection }) => projection === undefined)).toBe(true);
});

test("[TX14] a projection and the index of a query have to go together", async () => {
  const { db } = start(device([first]));
  const refused = expect.objectContaining({ code: "range_invalid" });
  expect(() => db.query("reports").only("line").withIndex("by_body")).toThrow(refused);
  expect(() => db.query("reports").withIndex("by_body").order("asc")).not.toThrow();
  expect(() => db.query("reports").only("other")).toThrow(refused);
  await expect(db.get(first._id, { only: "other" })).rejects.toThrow(refused);
  await expect(db.get(null as never)).rejects.toMatchObject({ code: "id_invalid" });
});

test("[TX15] a patch of a document of which a projection is held changes what is held, and is incomplete", async () => {
  const held = device([first, second], "line");
  const transaction = start(held);
  await transaction.db.patch(first._id, { title: "new", status: "closed" });
  expect(await inHamburg(transaction, "line").collect()).toEqual(
    [lineOf(second), { ...lineOf(first), title: "new" }].toSorted((a, b) => a._creationTime - b._creationTime),
  );
  expect(await transaction.db.get(first._id)).toBeNull();
  expect(transaction.isComplete()).toBe(false);
  const [write] = transaction.writes();
  expect(write?.after).toMatchObject({ projection: "line", document: { ...lineOf(first), title: "new" } });
  expect(write?.after?.document).not.toHaveProperty("status");
});

test("[TX15] what is replaced is whole afterwards, and what is deleted is gone; both are incomplete", async () => {
  const held = device([first, second], "line");
  const replaced = start(held);
  const { _id, _creationTime, ...fields } = report(1, { title: "new" });
  await replaced.db.replace(first._id, fields);
  expect(await replaced.db.get(first._id)).toEqual(report(1, { title: "new" }));
  expect(replaced.isComplete()).toBe(false);
  await expect(start(held).db.replace(first._id, { title: "only" })).rejects.toMatchObject({
    code: "document_invalid",
  });
  const deleted = start(held);
  await deleted.db.delete(second._id);
  expect(await inHamburg(deleted, "line").collect()).toEqual([lineOf(first)]);
  expect(deleted.isComplete()).toBe(false);
});

test("[TX14] the compiler knows what a projection shows, and by which indexes it can be read", () => {
  type Db = TypedDatabaseReader<DataModelFromSchema<typeof schema>>;
  const use = (db: Db, id: Id<"reports">) => ({
    query: db
      .query("reports")
      .only("line")
      .withIndex("by_airport", (q) => q.eq("airport", "HAM"))
      .first(),
    get: db.get(id, { only: "card" }),
    // @ts-expect-error: the index lies outside of the projection
    wrong: () => db.query("reports").only("line").withIndex("by_body"),
    // @ts-expect-error: no such projection
    none: () => db.query("reports").only("other"),
  });
  type Used = ReturnType<typeof use>;
  type Line = { _id: Id<"reports">; _creationTime: number; airport: string; title: string };
  expectTypeOf<Awaited<Used["query"]>>().toEqualTypeOf<Line | null>();
  expectTypeOf<Awaited<Used["get"]>>().toEqualTypeOf<{
    _id: Id<"reports">;
    _creationTime: number;
    airport: string;
    title: string;
    status: string;
  } | null>();
});
