import { AppError, v } from "bothy";
import { mutation, query } from "../_generated/server.js";

/** Sends a message to a room. */
export const send = mutation({
  args: { room: v.string(), body: v.string() },
  returns: v.id("messages"),
  handler: async ({ db, auth }, { room, body }) => {
    const author = (await auth.getUserIdentity())?.tokenIdentifier ?? "";
    return db.insert("messages", { room, author, body, isClosed: false });
  },
});

/** Changes a message; a closed one can't be changed. */
export const edit = mutation({
  args: { id: v.id("messages"), body: v.string() },
  handler: async ({ db }, { id, body }) => {
    const message = await db.get(id);
    if (message === null) throw new AppError({ kind: "message_missing", id });
    if (message.isClosed) throw new AppError({ kind: "message_closed", id });
    await db.patch(id, { body });
  },
});

/** Closes a message for good. */
export const close = mutation({
  args: { id: v.id("messages") },
  handler: async ({ db }, { id }) => db.patch(id, { isClosed: true }),
});

/** Moves a message to another room. */
export const move = mutation({
  args: { id: v.id("messages"), room: v.string() },
  handler: async ({ db }, { id, room }) => db.patch(id, { room }),
});

/** Deletes a message. */
export const remove = mutation({
  args: { id: v.id("messages") },
  handler: async ({ db }, { id }) => db.delete(id),
});

/** The messages of a room in the order of their making. */
export const list = query({
  args: { room: v.string() },
  handler: async ({ db }, { room }) =>
    db
      .query("messages")
      .withIndex("by_room", (q) => q.eq("room", room))
      .collect(),
});
