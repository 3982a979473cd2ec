import { v } from "bothy";
import { range, scope } from "./_generated/server.js";

/** A device holds its user's memberships and notes, and the messages of the rooms that the user is a member of. */
export const mine = scope(async ({ db, auth }) => {
  const user = (await auth.getUserIdentity())?.tokenIdentifier ?? "";
  const memberships = await db
    .query("members")
    .withIndex("by_user", (q) => q.eq("user", user))
    .collect();
  return [
    range("members", "by_user", (q) => q.eq("user", user)),
    range("notes", "by_user", (q) => q.eq("user", user)),
    ...memberships.map(({ room }) => range("messages", "by_room", (q) => q.eq("room", room))),
  ];
});

/** Anybody may look into a room while the app shows it. */
export const room = scope({
  args: { room: v.string() },
  lease: "30d",
  handler: async (_, args) => [range("messages", "by_room", (q) => q.eq("room", args.room)).newest(100)],
});

/** Anybody may look into a room for a while after a time that they name. */
export const roomFor = scope({
  args: { room: v.string(), fromMs: v.number(), forMs: v.number() },
  handler: async (_, args) => {
    const until = args.fromMs + args.forMs;
    if (Date.now() >= until) return { ranges: [], until: until + 86_400_000 };
    return { ranges: [range("messages", "by_room", (q) => q.eq("room", args.room))], until };
  },
});

/** Of the reports of an airport what a list shows. */
export const lines = scope({
  args: { airport: v.string() },
  handler: async (_, { airport }) => [range("reports", "by_airport", (q) => q.eq("airport", airport)).only("line")],
});

/** The reports of an airport, for the members of a room of that name. */
export const reports = scope({
  args: { airport: v.string() },
  handler: async ({ db, auth }, { airport }) => {
    const user = (await auth.getUserIdentity())?.tokenIdentifier ?? "";
    const member = await db
      .query("members")
      .withIndex("by_user", (q) => q.eq("user", user).eq("room", airport))
      .first();
    return member === null ? [] : [range("reports", "by_airport", (q) => q.eq("airport", airport))];
  },
});
