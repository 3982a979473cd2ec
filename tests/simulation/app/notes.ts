import { AppError, v } from "bothy";
import { mutation, query } from "./words.ts";

/** Posts a note; where the server is told to refuse, the device does not know it yet. */
export const post = mutation({
  args: { op: v.string(), room: v.string(), rank: v.number(), body: v.string(), isRefused: v.boolean() },
  handler: async ({ db, auth, server }, { room, rank, body, isRefused }) => {
    const stamp = `${Date.now()} ${Math.random()}`;
    const owner = (await auth.getUserIdentity())?.subject ?? "";
    const id = await db.insert("notes", { room, owner, rank, body });
    if (isRefused && server) throw new AppError({ kind: "refused", body });
    return { id, stamp };
  },
});

/** Moves a note to another room, or to another place in its room. */
export const move = mutation({
  args: { op: v.string(), body: v.string(), room: v.string(), rank: v.number() },
  handler: async ({ db }, { body, room, rank }) => {
    const note = await db
      .query("notes")
      .withIndex("by_body", (q) => q.eq("body", body))
      .first();
    if (note === null) return null;
    await db.patch(note._id, { room, rank });
    return note.room;
  },
});

/** Removes a note. */
export const remove = mutation({
  args: { op: v.string(), body: v.string() },
  handler: async ({ db }, { body }) => {
    const note = await db
      .query("notes")
      .withIndex("by_body", (q) => q.eq("body", body))
      .first();
    if (note !== null) await db.delete(note._id);
    return note !== null;
  },
});

/** The notes of a room in order. */
export const inRoom = query({
  args: { room: v.string() },
  handler: async ({ db }, { room }) => {
    const found = await db
      .query("notes")
      .withIndex("by_room", (q) => q.eq("room", room))
      .collect();
    return found.map(({ body, rank }) => ({ body, rank }));
  },
});

/** The highest notes of a room. */
export const top = query({
  args: { room: v.string(), count: v.number() },
  handler: async ({ db }, { room, count }) => {
    const found = await db
      .query("notes")
      .withIndex("by_room", (q) => q.eq("room", room))
      .order("desc")
      .take(count);
    return found.map(({ body }) => body);
  },
});

/** One's own notes, wherever they are seen. */
export const mine = query({
  args: {},
  handler: async ({ db, auth }) => {
    const owner = (await auth.getUserIdentity())?.subject ?? "";
    const found = await db
      .query("notes")
      .withIndex("by_owner", (q) => q.eq("owner", owner))
      .collect();
    return found.map(({ body }) => body);
  },
});

/** Makes a user a member of a room, once. */
export const grant = mutation({
  args: { op: v.string(), user: v.string(), room: v.string() },
  handler: async ({ db }, { user, room }) => {
    const found = await db
      .query("members")
      .withIndex("by_user", (q) => q.eq("user", user).eq("room", room))
      .first();
    if (found === null) await db.insert("members", { user, room });
    return found === null;
  },
});

/** Ends a membership. */
export const revoke = mutation({
  args: { op: v.string(), user: v.string(), room: v.string() },
  handler: async ({ db }, { user, room }) => {
    const found = await db
      .query("members")
      .withIndex("by_user", (q) => q.eq("user", user).eq("room", room))
      .collect();
    for (const member of found) await db.delete(member._id);
    return found.length;
  },
});

/** The rooms of the caller. */
export const rooms = query({
  args: {},
  handler: async ({ db, auth }) => {
    const user = (await auth.getUserIdentity())?.subject ?? "";
    const found = await db
      .query("members")
      .withIndex("by_user", (q) => q.eq("user", user))
      .collect();
    return found.map(({ room }) => room);
  },
});
