import { v } from "bothy";
import { mutation, query } from "../_generated/server.js";
import { refusal } from "./refusals.ts";
import { callerName } from "./who.ts";

const bodyLengthMax = 4000;

/** The comments of a report, oldest first. */
export const list = query({
  args: { reportId: v.id("reports") },
  handler: async ({ db }, { reportId }) => {
    const report = await db.get(reportId);
    if (report === null) return [];
    return await db
      .query("comments")
      .withIndex("by_report", (q) => q.eq("airportId", report.airportId).eq("reportId", reportId))
      .collect();
  },
});

/** Comments on a report, open or closed: closing ends changes of the record, not talk about it. */
export const add = mutation({
  args: { reportId: v.id("reports"), body: v.string() },
  handler: async ({ db, auth }, { reportId, body }) => {
    const text = body.trim();
    if (text === "" || text.length > bodyLengthMax) {
      throw refusal({ kind: "invalid_text", message: `A comment has 1 to ${bodyLengthMax} characters.` });
    }
    const report = await db.get(reportId);
    if (report === null) throw refusal({ kind: "report_missing", message: "There is no such report." });
    const authorName = await callerName({ db, auth });
    return await db.insert("comments", { airportId: report.airportId, reportId, authorName, body: text });
  },
});
