import { AppError, v } from "bothy";
import { mutation, query } from "../_generated/server.js";

/** Makes the caller a member of a room. */
export const join = mutation({
  args: { room: v.string() },
  handler: async ({ db, auth }, { room }) => {
    const user = (await auth.getUserIdentity())?.tokenIdentifier ?? "";
    await db.insert("members", { room, user });
  },
});

/** Ends the caller's membership. */
export const leave = mutation({
  args: { room: v.string() },
  handler: async ({ db, auth }, { room }) => {
    const user = (await auth.getUserIdentity())?.tokenIdentifier ?? "";
    const memberships = db.query("members").withIndex("by_user", (q) => q.eq("user", user).eq("room", room));
    for await (const membership of memberships) await db.delete(membership._id);
  },
});

/** The rooms of the caller. */
export const list = query({
  args: {},
  handler: async ({ db, auth }) => {
    const user = (await auth.getUserIdentity())?.tokenIdentifier ?? "";
    const memberships = await db
      .query("members")
      .withIndex("by_user", (q) => q.eq("user", user))
      .collect();
    return memberships.map(({ room }) => room);
  },
});

/** Refuses whatever it is asked. */
export const refuse = mutation({
  args: { why: v.string() },
  handler: async (_context, { why }) => {
    throw new AppError({ kind: "refused", why });
  },
});
