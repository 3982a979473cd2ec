import { range, v } from "bothy";
import { scope } from "./words.ts";

/** Everybody holds all lists and counters, and of entries where they stand. */
export const shared = scope(async () => [
  range("lists", "by_key", (q) => q),
  range("counters", "by_name", (q) => q),
  entryPlaces,
]);

const entryPlaces = range<string, string>("entries", "by_list", (q) => q).only("places");

/** Whoever asks for a list holds its entries whole. */
export const entries = scope({
  args: { list: v.number() },
  handler: async (_, { list }) => [range("entries", "by_list", (q) => q.eq("list", list))],
});

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
      return room.startsWith("big") ? notes.newest(2) : notes;
    }),
  ];
});
