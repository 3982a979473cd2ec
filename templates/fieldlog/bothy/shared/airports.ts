import { query } from "../_generated/server.js";

/** Every airport: those with most reports first, then by name. */
export const list = query({
  args: {},
  handler: async ({ db }) => {
    const airports = await db.query("airports").withIndex("by_report_count").order("desc").collect();
    return airports.toSorted((a, b) => b.reportCount - a.reportCount || (a.name < b.name ? -1 : 1));
  },
});
