import { v } from "bothy";
import { mutation, query } from "../_generated/server.js";

/** Becomes a member of a room: its rows are held from then on. */
export const join = mutation({
  args: { room: v.string() },
  handler: async ({ db, auth }, { room }) => {
    const identity = await auth.getUserIdentity();
    await db.insert("rooms", { user: identity?.tokenIdentifier ?? "", room });
  },
});

/** Becomes a member of several rooms at once. */
export const joinMany = mutation({
  args: { rooms: v.array(v.string()) },
  handler: async ({ db, auth }, { rooms }) => {
    const identity = await auth.getUserIdentity();
    for (const room of rooms) await db.insert("rooms", { user: identity?.tokenIdentifier ?? "", room });
  },
});

/** Inserts one row. */
export const add = mutation({
  args: { room: v.string(), rank: v.number(), text: v.string() },
  handler: async ({ db }, { room, rank, text }) => db.insert("items", { room, rank, text, count: 0 }),
});

/** Inserts many rows at once. */
export const addMany = mutation({
  args: { room: v.string(), from: v.number(), count: v.number(), text: v.string() },
  handler: async ({ db }, { room, from, count, text }) => {
    for (let rank = from; rank < from + count; rank++) await db.insert("items", { room, rank, text, count: 0 });
  },
});

/** Two reads and one write: the mutation that throughput is measured with. */
export const bump = mutation({
  args: { room: v.string(), rank: v.number() },
  handler: async ({ db }, { room, rank }) => {
    const first = await db
      .query("items")
      .withIndex("by_room", (q) => q.eq("room", room))
      .first();
    const item = await db
      .query("items")
      .withIndex("by_room_rank", (q) => q.eq("room", room).eq("rank", rank))
      .first();
    if (item === null)
      throw new Error(`There is no item ${rank} in ${room}${first === null ? ", which is empty" : ""}.`);
    await db.patch(item._id, { count: item.count + 1 });
  },
});

/** The rows of a room in the order of their rank. */
export const list = query({
  args: { room: v.string() },
  handler: async ({ db }, { room }) =>
    db
      .query("items")
      .withIndex("by_room_rank", (q) => q.eq("room", room))
      .collect(),
});

/** The rows of a room with the lowest ranks. */
export const first = query({
  args: { room: v.string(), count: v.number() },
  handler: async ({ db }, { room, count }) =>
    db
      .query("items")
      .withIndex("by_room_rank", (q) => q.eq("room", room))
      .take(count),
});

/** Reads all rows of a room again and again: what one read costs the function is this without what none costs. */
export const readAgain = query({
  args: { room: v.string(), times: v.number() },
  handler: async ({ db }, { room, times }) => {
    let count = 0;
    for (let time = 0; time < times; time++) {
      const rows = await db
        .query("items")
        .withIndex("by_room_rank", (q) => q.eq("room", room))
        .collect();
      count += rows.length;
    }
    return count;
  },
});
