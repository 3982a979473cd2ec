import { AppError, inc, v } from "bothy";
import { mutation, query } from "./words.ts";

/** One operation of a transaction over lists: the workload of the history checker. */
const operation = v.union(
  v.object({ kind: v.literal("append"), key: v.number(), value: v.string() }),
  v.object({ kind: v.literal("read"), key: v.number() }),
  v.object({ kind: v.literal("range"), from: v.number(), to: v.number() }),
);

/** Appends to lists and reads them in one transaction; returns what each operation saw. */
export const transact = mutation({
  args: { op: v.string(), operations: v.array(operation) },
  handler: async ({ db }, { operations }) => {
    const seen: (string[] | { key: number; items: string[] }[] | null)[] = [];
    for (const one of operations) {
      if (one.kind === "range") {
        const found = await db
          .query("lists")
          .withIndex("by_key", (q) => q.gte("key", one.from).lt("key", one.to))
          .collect();
        seen.push(found.map(({ key, items }) => ({ key, items })));
        continue;
      }
      const list = await db
        .query("lists")
        .withIndex("by_key", (q) => q.eq("key", one.key))
        .first();
      if (one.kind === "read") seen.push(list?.items ?? []);
      else {
        if (list === null) await db.insert("lists", { key: one.key, items: [one.value] });
        else await db.patch(list._id, { items: [...list.items, one.value] });
        seen.push(null);
      }
    }
    return seen;
  },
});

/** The list of a key. */
export const read = query({
  args: { key: v.number() },
  handler: async ({ db }, { key }) =>
    (
      await db
        .query("lists")
        .withIndex("by_key", (q) => q.eq("key", key))
        .first()
    )?.items ?? [],
});

/** The lists of a range of keys. */
export const between = query({
  args: { from: v.number(), to: v.number() },
  handler: async ({ db }, { from, to }) => {
    const found = await db
      .query("lists")
      .withIndex("by_key", (q) => q.gte("key", from).lt("key", to))
      .collect();
    return found.map(({ key, items }) => ({ key, items }));
  },
});

/** Adds to a counter that everybody adds to; a negative result is refused. */
export const add = mutation({
  args: { op: v.string(), name: v.string(), by: v.number() },
  handler: async ({ db }, { name, by }) => {
    const counter = await db
      .query("counters")
      .withIndex("by_name", (q) => q.eq("name", name))
      .unique();
    const count = (counter?.count ?? 0) + by;
    if (count < 0) throw new AppError({ kind: "negative", name });
    if (counter === null) await db.insert("counters", { name, count });
    else await db.patch(counter._id, { count });
    return count;
  },
});

/** Adds to a counter whatever it is. */
export const bump = mutation({
  args: { op: v.string(), id: v.id("counters"), by: v.number() },
  handler: async ({ db }, { id, by }) => {
    await db.patch(id, { count: inc(by) });
    return null;
  },
});

/** The counters with their ids. */
export const counterIds = query({
  args: {},
  handler: async ({ db }) => {
    const all = await db.query("counters").withIndex("by_name").collect();
    return all.map(({ _id }) => _id);
  },
});

/** Changes of an entry what its place does not show. */
export const mark = mutation({
  args: { op: v.string(), list: v.number(), position: v.number() },
  handler: async ({ db }, { op, list, position }) => {
    const entry = await db
      .query("entries")
      .withIndex("by_list", (q) => q.eq("list", list).eq("position", position))
      .first();
    if (entry === null) return false;
    await db.patch(entry._id, { value: op });
    return true;
  },
});

/** The entries of a list, whole: for who holds it. */
export const entries = query({
  args: { list: v.number() },
  handler: async ({ db }, { list }) => {
    const found = await db
      .query("entries")
      .withIndex("by_list", (q) => q.eq("list", list))
      .collect();
    return found.map(({ position, value }) => `${position} ${value}`);
  },
});

/** Where entries stand, for everybody. */
export const places = query({
  args: {},
  handler: async ({ db }) => {
    const found = await db.query("entries").only("places").withIndex("by_list").collect();
    return found.map(({ list, position }) => `${list} ${position}`);
  },
});

/** All counters. */
export const counters = query({
  args: {},
  handler: async ({ db }) => {
    const all = await db.query("counters").withIndex("by_name").collect();
    return all.map(({ name, count }) => ({ name, count }));
  },
});
