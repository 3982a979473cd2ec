import { mutation, query, upcast, v } from "bothy";

/** Files a report; those who know no severity file it as unknown. */
export const file = mutation({
  args: { remarks: v.string(), severity: v.string() },
  upcasts: [upcast({ note: v.string() }, ({ note }) => ({ remarks: note, severity: "unknown" }))],
  handler: async ({ db }, { remarks, severity }) => {
    const status = severity === "high" ? "urgent" : "open";
    return db.insert("reports", { place: "here", remarks, severity, status });
  },
});

/** Remarks and states, in the order of their making. */
export const list = query({
  args: {},
  handler: async ({ db }) => {
    const reports = await db
      .query("reports")
      .withIndex("by_place", (q) => q.eq("place", "here"))
      .collect();
    return reports.map(({ remarks, note, status, severity }) => [
      remarks ?? note ?? null,
      status ?? null,
      severity ?? null,
    ]);
  },
});
