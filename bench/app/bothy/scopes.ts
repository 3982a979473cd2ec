import { range, scope } from "./_generated/server.js";

/** A device holds its memberships and the rows of the rooms that it is a member of. */
export const mine = scope(async ({ db, auth }) => {
  const identity = await auth.getUserIdentity();
  const user = identity?.tokenIdentifier ?? "";
  const rooms = await db
    .query("rooms")
    .withIndex("by_user", (q) => q.eq("user", user))
    .collect();
  return [
    range("rooms", "by_user", (q) => q.eq("user", user)),
    ...rooms.map(({ room }) => range("items", "by_room", (q) => q.eq("room", room))),
  ];
});
