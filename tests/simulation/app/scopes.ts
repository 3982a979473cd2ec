import { range } from "bothy";
import { scope } from "./words.ts";

/** Everybody holds all lists and counters. */
export const shared = scope(async () => [range("lists", "by_key", (q) => q), range("counters", "by_name", (q) => q)]);

/** A device holds its user's memberships and the notes of the rooms they open; of big rooms only the newest. */
export const mine = scope(async ({ db, auth }) => {
  const user = (await auth.getUserIdentity())?.subject ?? "";
  const memberships = await db
    .query("members")
    .withIndex("by_user", (q) => q.eq("user", user))
    .collect();
  return [
    range("members", "by_user", (q) => q.eq("user", user)),
    ...memberships.map(({ room }) => {
      const notes = range("notes", "by_room", (q) => q.eq("room", room));
      return room.startsWith("big") ? notes.newest(3) : notes;
    }),
  ];
});
