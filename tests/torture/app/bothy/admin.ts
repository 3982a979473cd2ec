import { v } from "bothy";
import { internalMutation, internalQuery } from "./_generated/server.js";

/** Lets a user see a space; done once, however often it is asked for. */
export const grant = internalMutation({
  args: { user: v.string(), space: v.string() },
  handler: async ({ db }, { user, space }) => {
    const known = await db
      .query("grants")
      .withIndex("by_user", (q) => q.eq("user", user).eq("space", space))
      .first();
    if (known === null) await db.insert("grants", { user, space });
  },
});

/** Takes a space from a user. */
export const revoke = internalMutation({
  args: { user: v.string(), space: v.string() },
  handler: async ({ db }, { user, space }) => {
    const known = await db
      .query("grants")
      .withIndex("by_user", (q) => q.eq("user", user).eq("space", space))
      .collect();
    for (const { _id } of known) await db.delete(_id);
  },
});

/** Writes an item that belongs to nobody, in a space that nobody is granted. */
export const addToLimbo = internalMutation({
  args: { tag: v.string() },
  handler: async ({ db }, { tag }) => db.insert("items", { space: "limbo", owner: null, tag }),
});

/** Everything that there is in a space. */
export const contents = internalQuery({
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
    const counter = await db
      .query("counters")
      .withIndex("by_space", (q) => q.eq("space", space))
      .first();
    return {
      items: items.map(({ tag }) => tag),
      claims: claims.map(({ tag }) => tag),
      left: left?.tag ?? "",
      count: counter?.count ?? 0,
    };
  },
});

/** The spaces that a user is granted. */
export const spacesOf = internalQuery({
  args: { user: v.string() },
  handler: async ({ db }, { user }) => {
    const grants = await db
      .query("grants")
      .withIndex("by_user", (q) => q.eq("user", user))
      .collect();
    return grants.map(({ space }) => space);
  },
});
