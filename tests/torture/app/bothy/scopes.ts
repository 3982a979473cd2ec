import { range, scope } from "./_generated/server.js";

/** A device holds its user's grants, and everything in the spaces that they name. */
export const mine = scope(async ({ db, auth }) => {
  const user = (await auth.getUserIdentity())?.tokenIdentifier ?? "";
  const grants = await db
    .query("grants")
    .withIndex("by_user", (q) => q.eq("user", user))
    .collect();
  return [
    range("grants", "by_user", (q) => q.eq("user", user)),
    ...grants.flatMap(({ space }) => [
      range("items", "by_space", (q) => q.eq("space", space)),
      range("lefts", "by_space", (q) => q.eq("space", space)),
      range("rights", "by_space", (q) => q.eq("space", space)),
      range("counters", "by_space", (q) => q.eq("space", space)),
      range("claims", "by_space", (q) => q.eq("space", space)),
    ]),
  ];
});
