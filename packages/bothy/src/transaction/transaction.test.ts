import { expect, test } from "vitest";
import { defineSchema, defineTable, documentKeys, tableOf, type KeyRange } from "../schema/index.ts";
import { HeldRanges, type Row } from "../ranges/index.ts";
import { encodeKey, keyAfterPrefix, makeId, v, type Document, type Value } from "../values/index.ts";
import { createTransaction, type Transaction, type TransactionOptions } from "./create-transaction.ts";
import { fetchWith } from "./fetching.ts";

const schema = defineSchema({
  notes: defineTable({ channel: v.number(), rank: v.number(), text: v.optional(v.string()) }).index("by_channel", [
    "channel",
    "rank",
  ]),
  files: defineTable({ tags: v.array(v.object({ name: v.optional(v.string()) })) }),
  anything: defineTable(v.any()),
});

function idOf(table: string, k: number): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, k);
  return makeId(table, bytes);
}

function noteOf(k: number, fields: { channel?: number; rank?: number; text?: string } = {}): Document {
  return { _id: idOf("notes", k), _creationTime: k, channel: 1, rank: k, ...fields };
}

function rowOf(table: string, document: Document): Row {
  return { id: document._id, version: 7, keys: documentKeys(tableOf(schema, table), document), document };
}

const wholeTable: KeyRange = {
  table: "notes",
  index: "by_creation_time",
  equalities: 0,
  lower: "",
  upper: keyAfterPrefix(""),
};

/** A memory that has these notes and knows that there are no others. */
function holding(notes: readonly Document[]): HeldRanges {
  const held = HeldRanges.create(schema);
  held.hold(wholeTable);
  for (const note of notes) held.put("notes", rowOf("notes", note));
  return held;
}

function start(held: HeldRanges, options: Partial<TransactionOptions> = {}): Transaction {
  return createTransaction({
    schema,
    held,
    timeMs: 1000,
    nextId: (table, k) => idOf(table, 100 + k),
    isReadOnly: false,
    ...options,
  });
}

/** Tells whether a promise is resolved already: then it comes first in a race that it leads. */
async function isResolved(promise: Promise<unknown>): Promise<boolean> {
  const nothing = Symbol("nothing");
  return (await Promise.race([promise, Promise.resolve(nothing)])) !== nothing;
}

function refusal(code: string): unknown {
  return expect.objectContaining({ code });
}

function channelRange(channel: number): KeyRange {
  const lower = encodeKey([channel]);
  return { table: "notes", index: "by_channel", equalities: 1, lower, upper: keyAfterPrefix(lower) };
}

test("[TX1] a transaction sees its own writes through every index", async () => {
  const { db } = start(holding([noteOf(1), noteOf(2)]));
  const id = await db.insert("notes", { channel: 2, rank: 5 });
  expect(await db.get(id)).toEqual({ _id: id, _creationTime: 1000, channel: 2, rank: 5 });
  await db.patch(id, { channel: 3 });
  const inChannel = (channel: number) =>
    db
      .query("notes")
      .withIndex("by_channel", (q) => q.eq("channel", channel))
      .collect();
  expect([await inChannel(2), (await inChannel(3)).length]).toEqual([[], 1]);
  await db.delete(idOf("notes", 1));
  expect(await db.get(idOf("notes", 1))).toBeNull();
  expect((await db.query("notes").collect()).map(({ _id }) => _id)).toEqual([idOf("notes", 2), id]);
});

test("[TX2] when everything is there, promises are already resolved", async () => {
  const { db } = start(holding([noteOf(1)]));
  for (const promise of [
    db.get(idOf("notes", 1)),
    db.query("notes").collect(),
    db.query("notes").first(),
    db.insert("notes", { channel: 1, rank: 1 }),
    db.patch(idOf("notes", 1), { rank: 2 }),
    db.query("notes")[Symbol.asyncIterator]().next(),
    db.delete(idOf("notes", 1)),
  ]) {
    expect(await isResolved(promise)).toBe(true);
  }
});

/** Fetches what is asked for from a world, each time when the test says so. */
function heldBackFetch(world: HeldRanges): {
  fetch: NonNullable<TransactionOptions["fetch"]>;
  asked: KeyRange[];
  release: () => void;
} {
  const asked: KeyRange[] = [];
  const waiting: (() => void)[] = [];
  return {
    asked,
    release: () => waiting.shift()?.(),
    fetch: fetchWith((range, order, limit) => {
      asked.push(range);
      return new Promise((resolve) => {
        waiting.push(() => {
          const { rows } = world.read(range, order, limit);
          const last = rows.length === limit ? rows.at(-1) : undefined;
          const position = tableOf(schema, range.table).indexes.findIndex(({ name }) => name === range.index);
          const lastKey = last?.keys[position];
          const part =
            lastKey === undefined
              ? range
              : order === "asc"
                ? { ...range, upper: keyAfterPrefix(lastKey) }
                : { ...range, lower: lastKey };
          resolve({ part, rows });
        });
      });
    }),
  };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}

test("[TX2] what is called behind a read that waits takes effect after it, in order", async () => {
  const cold = heldBackFetch(holding([noteOf(1), noteOf(2)]));
  const { db } = start(HeldRanges.create(schema), { fetch: cold.fetch });
  const order: string[] = [];
  const log = (name: string) => () => order.push(name);
  const all = db.query("notes").collect();
  const insertion = db.insert("notes", { channel: 1, rank: 9 });
  const first = db.get(idOf("notes", 1));
  const second = db.get(idOf("notes", 2));
  void all.then(log("all"));
  void insertion.then(log("insertion"));
  void first.then(log("first"));
  void second.then(log("second"));
  await settle();
  expect(order).toEqual([]);
  // What is going to be lacking behind it is asked for at once, so that it does not wait twice.
  expect(cold.asked.map(({ index }) => index)).toEqual(["by_creation_time", "by_id", "by_id"]);
  cold.release();
  await settle();
  // The whole table is known now, yet the first read by id waits for what was asked for it.
  expect(order).toEqual(["all", "insertion"]);
  expect(await all).toHaveLength(2);
  cold.release();
  cold.release();
  await settle();
  expect(order).toEqual(["all", "insertion", "first", "second"]);
});

test("[TX2] a read that fails is told to its caller, and those behind it go on", async () => {
  const { db } = start(HeldRanges.create(schema), {
    fetch: fetchWith((range) =>
      range.index === "by_id" ? Promise.resolve({ part: range, rows: [] }) : Promise.reject(new Error("gone")),
    ),
  });
  const failed = db.query("notes").collect();
  const next = db.get(idOf("notes", 1));
  await expect(failed).rejects.toThrow("gone");
  expect(await next).toBeNull();
});

test("[TX1] what is fetched later does not replace what was written", async () => {
  const cold = heldBackFetch(holding([noteOf(1), noteOf(2), noteOf(3)]));
  const { db, writes } = start(HeldRanges.create(schema), { fetch: cold.fetch });
  const run = (async () => {
    await db.patch(idOf("notes", 1), { rank: 50 });
    await db.delete(idOf("notes", 2));
    return db.query("notes").withIndex("by_channel").collect();
  })();
  for (let i = 0; i < 5; i++) {
    await settle();
    cold.release();
  }
  expect((await run).map(({ rank }) => rank)).toEqual([3, 50]);
  expect(writes()).toMatchObject([
    { id: idOf("notes", 1), before: { version: 7, document: { rank: 1 } }, after: { document: { rank: 50 } } },
    { id: idOf("notes", 2), before: { version: 7 }, after: undefined },
  ]);
});

test("[TX1] what a fetch leaves over may be known through another index", async () => {
  const notes = [1, 2, 3].map((k) => noteOf(k, { rank: 1 }));
  const held = HeldRanges.create(schema);
  held.hold({ ...wholeTable, lower: encodeKey([2]) });
  for (const note of notes.slice(1)) held.put("notes", rowOf("notes", note));
  let fetchCount = 0;
  const { db } = start(held, {
    fetch: fetchWith(async (range) => {
      fetchCount++;
      const part = { ...range, upper: encodeKey([1, 1, 2]) };
      return { part, rows: notes.slice(0, 1).map((note) => rowOf("notes", note)) };
    }),
  });
  const query = db.query("notes").withIndex("by_channel", (q) => q.eq("channel", 1).eq("rank", 1));
  expect(await query.collect()).toEqual(notes);
  expect(fetchCount).toBe(1);
});

test("[TX3] the read set is what was looked at, and no more", async () => {
  const world = [noteOf(1), noteOf(2), noteOf(3, { channel: 2 })];
  const readOf = async (use: (db: Transaction["db"]) => Promise<unknown>): Promise<readonly KeyRange[]> => {
    const transaction = start(holding(world));
    await use(transaction.db);
    return transaction.reads();
  };
  const key = (k: number): string => rowOf("notes", world[k - 1] ?? noteOf(k)).keys[2] ?? "";
  const channel = (db: Transaction["db"]) => db.query("notes").withIndex("by_channel", (q) => q.eq("channel", 1));
  const whole = channelRange(1);
  const byId = encodeKey([idOf("notes", 1)]);
  expect(await readOf((db) => channel(db).collect())).toEqual([whole]);
  expect(await readOf((db) => channel(db).take(2))).toEqual([{ ...whole, upper: keyAfterPrefix(key(2)) }]);
  expect(await readOf((db) => channel(db).take(3))).toEqual([whole]);
  expect(await readOf((db) => channel(db).take(0))).toEqual([]);
  expect(await readOf((db) => channel(db).first())).toEqual([{ ...whole, upper: keyAfterPrefix(key(1)) }]);
  expect(await readOf((db) => channel(db).order("desc").first())).toEqual([{ ...whole, lower: key(2) }]);
  expect(
    await readOf((db) =>
      channel(db)
        .filter((q) => q.eq(q.field("rank"), 2))
        .first(),
    ),
  ).toEqual([{ ...whole, upper: keyAfterPrefix(key(2)) }]);
  expect(await readOf((db) => db.get(idOf("notes", 1)))).toEqual([
    { table: "notes", index: "by_id", equalities: 1, lower: byId, upper: keyAfterPrefix(byId) },
  ]);
  const walkOne = async (db: Transaction["db"]): Promise<void> => {
    for await (const _ of channel(db)) return;
  };
  expect(await readOf(walkOne)).toEqual([{ ...whole, upper: keyAfterPrefix(key(1)) }]);
  const failHalfWay = (db: Transaction["db"]): Promise<unknown> =>
    channel(db)
      .unique()
      .catch(() => {});
  expect(await readOf(failHalfWay)).toEqual([{ ...whole, upper: keyAfterPrefix(key(2)) }]);
});

test("[TX4] on a device a read returns what is there, and says so when that may not be all", async () => {
  const held = HeldRanges.create(schema);
  held.hold(channelRange(1));
  held.put("notes", rowOf("notes", noteOf(1)));
  const transaction = start(held);
  await transaction.db.get(idOf("notes", 1));
  await transaction.db
    .query("notes")
    .withIndex("by_channel", (q) => q.eq("channel", 1).gt("rank", 0))
    .collect();
  await transaction.db.delete(idOf("notes", 1));
  expect(await transaction.db.get(idOf("notes", 1))).toBeNull();
  expect(transaction.isComplete()).toBe(true);
  expect(await transaction.db.query("notes").first()).toBeNull();
  expect(transaction.isComplete()).toBe(false);
});

test("[TX5] writes are the net effect on each document", async () => {
  const { db, writes } = start(holding([noteOf(1), noteOf(2)]));
  const gone = await db.insert("notes", { channel: 1, rank: 1 });
  await db.patch(gone, { rank: 2 });
  await db.delete(gone);
  const stays = await db.insert("notes", { channel: 4, rank: 1 });
  await db.replace(stays, { channel: 5, rank: 1 });
  await db.patch(idOf("notes", 1), { rank: 7 });
  await db.delete(idOf("notes", 1));
  await db.patch(idOf("notes", 2), { text: "x" });
  const list = writes();
  expect(list.map(({ id, before, after }) => [id, before?.version, after?.text])).toEqual([
    [stays, undefined, `{"_creationTime":1000.0000000000001,"_id":"${stays}","channel":5,"rank":1}`],
    [idOf("notes", 1), 7, undefined],
    [idOf("notes", 2), 7, `{"_creationTime":2,"_id":"${idOf("notes", 2)}","channel":1,"rank":2,"text":"x"}`],
  ]);
  expect(list[0]?.after?.keys).toEqual(documentKeys(tableOf(schema, "notes"), list[0]?.after?.document ?? noteOf(0)));
});

test("[TX6] what is written is checked, copied, and given back frozen", async () => {
  const { db } = start(holding([noteOf(1)]));
  const tags: { name?: string }[] = [{ name: "a" }];
  const id = await db.insert("files", { tags });
  tags.push({ name: "b" });
  const file = await db.get(id);
  expect(file?.["tags"]).toEqual([{ name: "a" }]);
  expect([Object.isFrozen(file), Object.isFrozen(file?.["tags"])]).toEqual([true, true]);
  const note = await db.query("notes").first();
  expect(Object.isFrozen(note)).toBe(true);
  for (const fields of [{ channel: "1", rank: 1 }, { channel: 1 }, { channel: 1, rank: 1, more: 1 }]) {
    await expect(db.insert("notes", fields)).rejects.toEqual(refusal("document_invalid"));
  }
  await expect(db.insert("notes", 5 as never)).rejects.toEqual(refusal("document_invalid"));
  await expect(db.insert("anything", { f: (() => {}) as never })).rejects.toEqual(refusal("document_invalid"));
  await expect(db.insert("anything", { $a: 1 })).rejects.toEqual(refusal("document_invalid"));
  await expect(db.insert("anything", { a: "x".repeat(1_048_576) })).rejects.toEqual(refusal("document_too_large"));
  await expect(db.patch(idOf("notes", 1), { rank: "high" })).rejects.toEqual(refusal("document_invalid"));
  expect((await db.get(idOf("notes", 1)))?.["rank"]).toBe(1);
});

test("[TX6] what was given to a write that has to wait is taken as it was at the call", async () => {
  const cold = heldBackFetch(holding([noteOf(1)]));
  const { db } = start(HeldRanges.create(schema), { fetch: cold.fetch });
  const changes: { [field: string]: Value } = { text: "as called" };
  const patching = db.patch(idOf("notes", 1), changes);
  changes["text"] = "changed later";
  cold.release();
  await patching;
  expect((await db.get(idOf("notes", 1)))?.["text"]).toBe("as called");
});

test("[TX7] id and creation time are the transaction's own", async () => {
  const { db } = start(holding([noteOf(1, { text: "x" })]));
  const id = idOf("notes", 1);
  const note = (await db.get(id)) ?? noteOf(0);
  await expect(db.insert("notes", { ...note })).rejects.toEqual(refusal("document_invalid"));
  await expect(db.replace(id, { ...note, _id: idOf("notes", 2) })).rejects.toEqual(refusal("document_invalid"));
  await expect(db.patch(id, { _creationTime: 5 })).rejects.toEqual(refusal("document_invalid"));
  await db.replace(id, { ...note, rank: 9 });
  await db.patch(id, { text: undefined });
  expect(await db.get(id)).toEqual({ _id: id, _creationTime: 1, channel: 1, rank: 9 });
  await db.replace("notes", id, { channel: 2, rank: 3 });
  expect(await db.get("notes", id)).toEqual({ _id: id, _creationTime: 1, channel: 2, rank: 3 });
  await db.delete("notes", id);
  for (const write of [db.patch(id, {}), db.replace(id, { channel: 1, rank: 1 }), db.delete(id)]) {
    await expect(write).rejects.toEqual(refusal("document_missing"));
  }
});

test("[TX7] the inserts into each table are counted from 0", async () => {
  const named: [string, number][] = [];
  const { db } = start(holding([]), { nextId: (table, k) => (named.push([table, k]), idOf(table, k)) });
  await db.insert("notes", { channel: 1, rank: 1 });
  await db.insert("files", { tags: [] });
  await expect(db.insert("notes", {})).rejects.toEqual(refusal("document_invalid"));
  await db.insert("notes", { channel: 1, rank: 1 });
  expect(named).toEqual([
    ["notes", 0],
    ["files", 0],
    ["notes", 1],
    ["notes", 1],
  ]);
});

test("[TX8] each further document has the next greater creation time", async () => {
  const { db } = start(holding([]), { timeMs: 1_700_000_000_000 });
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push(await db.insert("anything", { i }));
  const times = [];
  for (const id of ids) times.push((await db.get(id))?._creationTime);
  const step = 2 ** -12;
  expect(times).toEqual([1_700_000_000_000, 1_700_000_000_000 + step, 1_700_000_000_000 + 2 * step]);
});

test("[TX9] queries are read in the order of their index, filtered, cut and walked", async () => {
  const { db } = start(holding([noteOf(1, { rank: 3 }), noteOf(2, { rank: 1 }), noteOf(3, { rank: 2, channel: 2 })]));
  const ranks = (documents: readonly Document[]): unknown[] => documents.map(({ rank }) => rank);
  const query = db.query("notes");
  expect(ranks(await query.collect())).toEqual([3, 1, 2]);
  expect(ranks(await query.fullTableScan().order("desc").collect())).toEqual([2, 1, 3]);
  expect(ranks(await query.withIndex("by_channel").collect())).toEqual([1, 3, 2]);
  expect(ranks(await query.withIndex("by_channel", (q) => q.eq("channel", 1).gte("rank", 2)).collect())).toEqual([3]);
  expect(
    ranks(
      await query
        .filter((q) => q.gt(q.field("rank"), 1))
        .filter((q) => q.lt(q.field("rank"), 3))
        .collect(),
    ),
  ).toEqual([2]);
  expect(ranks(await query.order("desc").take(2))).toEqual([2, 1]);
  const walked = [];
  for await (const { rank } of query) walked.push(rank);
  expect(walked).toEqual([3, 1, 2]);
  expect((await query.withIndex("by_channel", (q) => q.eq("channel", 2)).unique())?.["rank"]).toBe(2);
  expect(await query.withIndex("by_channel", (q) => q.eq("channel", 7)).unique()).toBeNull();
  await expect(query.unique()).rejects.toEqual(refusal("not_unique"));
  await expect(query.take(-1)).rejects.toEqual(refusal("range_invalid"));
  expect(() => query.withIndex("by_rank")).toThrow(refusal("index_missing"));
});

test("[TX9] a walk sees what its own loop writes", async () => {
  const { db } = start(holding([noteOf(1), noteOf(2), noteOf(3)]));
  const walked = [];
  for await (const { rank } of db.query("notes")) {
    walked.push(rank);
    if (rank === 1) await db.delete(idOf("notes", 2));
    if (rank === 3) await db.insert("notes", { channel: 1, rank: 4 });
  }
  expect(walked).toEqual([1, 3, 4]);
});

test("[TX10] pages end where they were cut, also when rows are added", async () => {
  const notes = [1, 2, 3, 4, 5].map((k) => noteOf(k));
  const pageOf = (
    world: readonly Document[],
    options: { numItems: number; cursor: string | null; endCursor?: string },
  ) =>
    start(holding(world))
      .db.query("notes")
      .withIndex("by_channel", (q) => q.eq("channel", 1))
      .paginate(options);
  const first = await pageOf(notes, { numItems: 2, cursor: null });
  const second = await pageOf(notes, { numItems: 2, cursor: first.continueCursor });
  const third = await pageOf(notes, { numItems: 2, cursor: second.continueCursor });
  expect([first, second, third].map(({ page, isDone }) => [page.length, isDone])).toEqual([
    [2, false],
    [2, false],
    [1, true],
  ]);
  const more = [...notes, noteOf(6, { rank: 1.5 }), noteOf(7, { rank: 3.5 })];
  const again = await pageOf(more, { numItems: 2, cursor: null, endCursor: first.continueCursor });
  expect(again).toMatchObject({
    page: [{ rank: 1 }, { rank: 1.5 }, { rank: 2 }],
    isDone: false,
    continueCursor: first.continueCursor,
  });
  const last = await pageOf(more, { numItems: 2, cursor: second.continueCursor, endCursor: third.continueCursor });
  expect(last).toMatchObject({ page: [{ rank: 5 }], isDone: true });
  expect(await pageOf(more, { numItems: 2, cursor: third.continueCursor })).toEqual({
    page: [],
    isDone: true,
    continueCursor: third.continueCursor,
  });
});

test("[TX10] a cursor serves its own query alone, and a forged one nothing", async () => {
  const { db } = start(holding([noteOf(1), noteOf(2), noteOf(3, { channel: 2 })]));
  const query = db.query("notes").withIndex("by_channel", (q) => q.eq("channel", 1));
  const { continueCursor } = await query.paginate({ numItems: 1, cursor: null });
  const bytes = atob(continueCursor);
  const forged = [
    btoa(`${bytes.slice(0, 17)}${rowOf("notes", noteOf(3, { channel: 2 })).keys[2] ?? ""}`),
    btoa(bytes.slice(0, -3)),
    btoa(`${bytes.slice(0, 17)}\xff`),
    btoa(bytes.slice(0, 17)),
    btoa(`${bytes}\x02`),
    btoa(`${bytes.slice(0, 16)}ex`),
    `${continueCursor}A`,
    "",
    "é",
  ];
  for (const cursor of forged) {
    await expect(query.paginate({ numItems: 1, cursor })).rejects.toEqual(refusal("cursor_invalid"));
    await expect(query.paginate({ numItems: 1, cursor: null, endCursor: cursor })).rejects.toEqual(
      refusal("cursor_invalid"),
    );
  }
  await expect(query.order("desc").paginate({ numItems: 1, cursor: continueCursor })).rejects.toEqual(
    refusal("cursor_invalid"),
  );
  await expect(db.query("notes").paginate({ numItems: 1, cursor: continueCursor })).rejects.toEqual(
    refusal("cursor_invalid"),
  );
  await expect(query.paginate({ numItems: 0, cursor: null })).rejects.toEqual(refusal("range_invalid"));
});

test("[TX11] each limit of a transaction has its own refusal", async () => {
  const notes = [1, 2, 3, 4].map((k) => noteOf(k));
  const refused = async (
    limits: TransactionOptions["limits"],
    use: (db: Transaction["db"]) => Promise<unknown>,
  ): Promise<unknown> => {
    const held = HeldRanges.create(schema);
    held.hold(wholeTable);
    for (const note of notes) held.put("notes", { ...rowOf("notes", note), sizeBytes: 100 });
    const { db } = start(held, limits === undefined ? {} : { limits });
    await use(db);
    const error: unknown = await use(db).catch((thrown: unknown) => thrown);
    // Whoever catches it and goes on is refused again.
    await expect(use(db)).rejects.toEqual(refusal("transaction_too_large"));
    return error;
  };
  const named = (limit: string): unknown =>
    expect.objectContaining({ code: "transaction_too_large", details: expect.objectContaining({ limit }) });
  const all = (db: Transaction["db"]): Promise<unknown> => db.query("notes").collect();
  expect(await refused({ readDocuments: 7 }, all)).toEqual(named("readDocuments"));
  expect(
    await refused({ readDocuments: 7 }, (db) =>
      db
        .query("notes")
        .filter((q) => q.eq(q.field("rank"), 99))
        .first(),
    ),
  ).toEqual(named("readDocuments"));
  expect(await refused({ readBytes: 799 }, all)).toEqual(named("readBytes"));
  expect(await refused({ readRanges: 1 }, (db) => db.get(idOf("notes", 1)))).toEqual(named("readRanges"));
  expect(await refused({ writeDocuments: 1 }, (db) => db.insert("anything", {}))).toEqual(named("writeDocuments"));
  expect(await refused({ writeBytes: 400 }, (db) => db.patch(idOf("notes", 1), { text: "x".repeat(200) }))).toEqual(
    named("writeBytes"),
  );
});

test("[TX12] tables, ids and kinds that are not the function's are refused", async () => {
  const { db } = start(holding([noteOf(1)]));
  expect(() => db.query("nothing")).toThrow(refusal("table_missing"));
  expect(() => db.query("_users")).toThrow(refusal("table_missing"));
  await expect(db.insert("toString", {})).rejects.toEqual(refusal("table_missing"));
  expect(db.normalizeId("notes", idOf("notes", 5))).toBe(idOf("notes", 5));
  expect(db.normalizeId("files", idOf("notes", 5))).toBeNull();
  expect(() => db.normalizeId("nothing", "x")).toThrow(refusal("table_missing"));
  for (const id of ["x", idOf("unknown", 1), 5 as never])
    await expect(db.get(id)).rejects.toEqual(refusal("id_invalid"));
  await expect(db.get("files", idOf("notes", 1))).rejects.toEqual(refusal("id_invalid"));
  const reader = start(holding([noteOf(1)]), { isReadOnly: true }).db;
  for (const write of [
    reader.insert("notes", { channel: 1, rank: 1 }),
    reader.patch(idOf("notes", 1), {}),
    reader.delete(idOf("notes", 1)),
  ]) {
    await expect(write).rejects.toEqual(refusal("function_wrong_kind"));
  }
});
