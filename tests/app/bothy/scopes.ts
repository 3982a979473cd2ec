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
