import { v } from "bothy";
import { mutation, query } from "../_generated/server.js";

/** Files a report. */
export const file = mutation({
  args: { airport: v.string(), title: v.string(), body: v.string() },
  returns: v.id("reports"),
  handler: async ({ db }, fields) => db.insert("reports", fields),
});

/** Changes a report. */
export const edit = mutation({
  args: { id: v.id("reports"), title: v.optional(v.string()), body: v.optional(v.string()) },
  handler: async ({ db }, { id, title, body }) =>
    db.patch(id, { ...(title !== undefined && { title }), ...(body !== undefined && { body }) }),
});

/** The lines of an airport's reports. */
export const lines = query({
  args: { airport: v.string() },
  handler: async ({ db }, { airport }) =>
    db
      .query("reports")
      .only("line")
      .withIndex("by_airport", (q) => q.eq("airport", airport))
      .collect(),
});

/** The reports of an airport. */
export const list = query({
  args: { airport: v.string() },
  handler: async ({ db }, { airport }) =>
    db
      .query("reports")
      .withIndex("by_airport", (q) => q.eq("airport", airport))
      .collect(),
});
