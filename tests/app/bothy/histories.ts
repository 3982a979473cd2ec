import { AppError, v } from "bothy";
import { mutation, query } from "./_generated/server.js";
import type { MutationCtx, QueryCtx } from "./_generated/server.js";

// Lists of numbers, for histories (tests/history). Where a list lies is told by the beginning of its key: "document" is one
// document with an array, absent until the first append; "range" is a row for each element, read in the order of an index;
// "pages" is the same, read page by page. "back-range" and "back-pages" are read from their ends.

const operation = v.object({ key: v.string(), value: v.optional(v.number()) });
const pageSize = 3;

/** Appends to lists and reads lists in one transaction; returns what was read, in order. Fails at its end if it is asked to. */
export const transact = mutation({
  args: { ops: v.array(operation), mustFail: v.optional(v.boolean()) },
  returns: v.array(v.array(v.number())),
  handler: async ({ db }, { ops, mustFail }) => {
    const lists: number[][] = [];
    for (const { key, value } of ops) {
      if (value === undefined) lists.push(await readList(db, key));
      else if (key.startsWith("document")) await appendToDocument(db, key, value);
      else await appendRow(db, key, value);
    }
    if (mustFail === true) throw new AppError("asked to fail");
    return lists;
  },
});

/** Reads lists. */
export const look = query({
  args: { keys: v.array(v.string()) },
  returns: v.array(v.array(v.number())),
  handler: async ({ db }, { keys }) => {
    const lists: number[][] = [];
    for (const key of keys) lists.push(await readList(db, key));
    return lists;
  },
});

async function readList(db: QueryCtx["db"], key: string): Promise<number[]> {
  if (key.startsWith("document")) return (await readDocument(db, key))?.values ?? [];
  const isBackward = key.startsWith("back-");
  const values = await (key.includes("pages") ? readPages : readRange)(db, key, isBackward);
  return isBackward ? values.toReversed() : values;
}

async function readRange(db: QueryCtx["db"], key: string, isBackward: boolean): Promise<number[]> {
  const elements = await rowsOf(db, key, isBackward).collect();
  return elements.map(({ value }) => value);
}

async function readPages(db: QueryCtx["db"], key: string, isBackward: boolean): Promise<number[]> {
  const values: number[] = [];
  for (let cursor: string | null = null; ;) {
    const found: { page: { value: number }[]; isDone: boolean; continueCursor: string } = await rowsOf(
      db,
      key,
      isBackward,
    ).paginate({ numItems: pageSize, cursor });
    values.push(...found.page.map(({ value }) => value));
    if (found.isDone) return values;
    cursor = found.continueCursor;
  }
}

function rowsOf(db: QueryCtx["db"], key: string, isBackward: boolean) {
  return db
    .query("elements")
    .withIndex("by_key", (q) => q.eq("key", key))
    .order(isBackward ? "desc" : "asc");
}

async function appendRow(db: MutationCtx["db"], key: string, value: number): Promise<void> {
  const last = await rowsOf(db, key, true).first();
  await db.insert("elements", { key, position: (last?.position ?? 0) + 1, value });
}

async function appendToDocument(db: MutationCtx["db"], key: string, value: number): Promise<void> {
  const list = await readDocument(db, key);
  if (list === null) await db.insert("lists", { key, values: [value] });
  else await db.patch(list._id, { values: [...list.values, value] });
}

function readDocument(db: QueryCtx["db"], key: string) {
  return db
    .query("lists")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
}
