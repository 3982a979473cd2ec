import { mutation, query, v } from "bothy";

/** Files a report. */
export const file = mutation({
  args: { note: v.string() },
  handler: async ({ db }, { note }) => db.insert("reports", { place: "here", note, status: "open" }),
});

/** Notes and states, in the order of their making. */
export const list = query({
  args: {},
  handler: async ({ db }) => {
    const reports = await db
      .query("reports")
      .withIndex("by_place", (q) => q.eq("place", "here"))
      .collect();
    return reports.map(({ note, status, severity }) => [note ?? null, status ?? null, severity ?? null]);
  },
});
