import { v } from "bothy";
import { internalMutation, internalQuery, mutation, query } from "./_generated/server.js";

/** How many messages there are in a room; runs on the server only. */
export const countMessages = query({
  args: { room: v.string() },
  handler: async ({ db }, { room }) => {
    const messages = await db
      .query("messages")
      .withIndex("by_room", (q) => q.eq("room", room))
      .collect();
    return messages.length;
  },
});

/** Adds to a counter; runs on the server only. */
export const count = mutation({
  args: { name: v.string() },
  returns: v.number(),
  handler: async ({ db }, { name }) => {
    const counter = await db
      .query("counters")
      .withIndex("by_name", (q) => q.eq("name", name))
      .unique();
    if (counter === null) await db.insert("counters", { name, value: 1 });
    else await db.patch(counter._id, { value: counter.value + 1 });
    return (counter?.value ?? 0) + 1;
  },
});

/** Everything in a room, for the suites. */
export const allMessages = internalQuery({
  args: { room: v.string() },
  handler: async ({ db }, { room }) =>
    db
      .query("messages")
      .withIndex("by_room", (q) => q.eq("room", room))
      .collect(),
});

/** Puts many messages into a room. */
export const fill = internalMutation({
  args: { room: v.string(), count: v.number() },
  handler: async ({ db }, { room, count: messages }) => {
    for (let k = 0; k < messages; k++) {
      await db.insert("messages", { room, author: "", body: `message ${k} ${"-".repeat(200)}`, isClosed: false });
    }
  },
});

/** Takes a user out of a room, as an administrator would. */
export const expel = internalMutation({
  args: { room: v.string() },
  handler: async ({ db }, { room }) => {
    const memberships = db.query("members").withIndex("by_room", (q) => q.eq("room", room));
    for await (const membership of memberships) await db.delete(membership._id);
  },
});
