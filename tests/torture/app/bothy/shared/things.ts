import { AppError, v } from "bothy";
import { mutation, query } from "../_generated/server.js";

/** Adds an item; its tag names it, its maker and its space. */
export const add = mutation({
  args: { space: v.string(), tag: v.string() },
  handler: async ({ db, auth }, { space, tag }) => {
    const owner = (await auth.getUserIdentity())?.tokenIdentifier ?? null;
    await db.insert("items", { space, owner, tag });
  },
});

/** Writes the same tag to two tables: nobody may ever see one without the other. */
export const pair = mutation({
  args: { space: v.string(), tag: v.string() },
  handler: async ({ db }, { space, tag }) => {
    for (const table of ["lefts", "rights"] as const) {
      const known = await db
        .query(table)
        .withIndex("by_space", (q) => q.eq("space", space))
        .first();
      if (known === null) await db.insert(table, { space, tag });
      else await db.patch(known._id, { tag });
    }
  },
});

/** Counts one up. */
export const bump = mutation({
  args: { space: v.string(), tag: v.string() },
  handler: async ({ db }, { space }) => {
    const counter = await db
      .query("counters")
      .withIndex("by_space", (q) => q.eq("space", space))
      .first();
    if (counter === null) await db.insert("counters", { space, count: 1 });
    else await db.patch(counter._id, { count: counter.count + 1 });
  },
});

/** Takes a slot, if nobody has it: of two devices that are both offline, one is refused later. */
export const claim = mutation({
  args: { space: v.string(), slot: v.number(), tag: v.string() },
  handler: async ({ db }, { space, slot, tag }) => {
    const known = await db
      .query("claims")
      .withIndex("by_space", (q) => q.eq("space", space).eq("slot", slot))
      .first();
    if (known !== null) throw new AppError({ taken: slot });
    await db.insert("claims", { space, slot, tag });
  },
});

/** Moves an item to another space. */
export const move = mutation({
  args: { space: v.string(), item: v.string(), to: v.string(), tag: v.string() },
  handler: async ({ db }, { space, item, to }) => {
    const found = await db
      .query("items")
      .withIndex("by_space", (q) => q.eq("space", space).eq("tag", item))
      .first();
    if (found !== null) await db.patch(found._id, { space: to });
  },
});

/** Deletes an item. */
export const remove = mutation({
  args: { space: v.string(), item: v.string(), tag: v.string() },
  handler: async ({ db }, { space, item }) => {
    const found = await db
      .query("items")
      .withIndex("by_space", (q) => q.eq("space", space).eq("tag", item))
      .first();
    if (found !== null) await db.delete(found._id);
  },
});

/** Everything that there is in a space, as one moment shows it. */
export const look = query({
  args: { space: v.string() },
  handler: async ({ db }, { space }) => {
    const items = await db
      .query("items")
      .withIndex("by_space", (q) => q.eq("space", space))
      .collect();
    const claims = await db
      .query("claims")
      .withIndex("by_space", (q) => q.eq("space", space))
      .collect();
    const left = await db
      .query("lefts")
      .withIndex("by_space", (q) => q.eq("space", space))
      .first();
    const right = await db
      .query("rights")
      .withIndex("by_space", (q) => q.eq("space", space))
      .first();
    const counter = await db
      .query("counters")
      .withIndex("by_space", (q) => q.eq("space", space))
      .first();
    return {
      items: items.map(({ tag }) => tag),
      claims: claims.map(({ tag }) => tag),
      left: left?.tag ?? "",
      right: right?.tag ?? "",
      count: counter?.count ?? 0,
    };
  },
});
