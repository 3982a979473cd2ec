import { range, scope } from "./_generated/server.js";

/** What a device holds, and all that it may see: its user, their picks, every airport, and what belongs to the picks. */
export const mine = scope(async ({ db, auth }) => {
  const identity = await auth.getUserIdentity();
  if (identity === null) return [];
  const picks = await db
    .query("picks")
    .withIndex("by_owner", (q) => q.eq("owner", identity.tokenIdentifier))
    .collect();
  return [
    range("profiles", "by_token", (q) => q.eq("tokenIdentifier", identity.tokenIdentifier)),
    range("picks", "by_owner", (q) => q.eq("owner", identity.tokenIdentifier)),
    range("airports", "by_report_count"),
    ...picks.map((pick) => range("reports", "by_airport", (q) => q.eq("airportId", pick.airportId))),
    ...picks.map((pick) => range("comments", "by_report", (q) => q.eq("airportId", pick.airportId))),
    ...picks.map((pick) => range("history", "by_report", (q) => q.eq("airportId", pick.airportId))),
  ];
});
