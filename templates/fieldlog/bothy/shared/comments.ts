import { v } from "bothy";
import type { Id } from "../_generated/dataModel.js";
import { mutation, query, type MutationCtx } from "../_generated/server.js";
import { requireReport } from "./acts.ts";
import { refusal } from "./refusals.ts";
import { requireAuthor } from "./who.ts";

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
  args: { reportId: v.id("reports"), body: v.string(), inReplyTo: v.optional(v.id("comments")) },
  handler: async ({ db, auth }, { reportId, body, inReplyTo }) => {
    const text = body.trim();
    if (text === "" || text.length > bodyLengthMax) {
      throw refusal({ kind: "invalid_text", message: `A comment has 1 to ${bodyLengthMax} characters.` });
    }
    const report = await requireReport(db, reportId);
    const { by, byId } = await requireAuthor({ db, auth });
    return await db.insert("comments", {
      airportId: report.airportId,
      reportId,
      authorName: by,
      ...(byId === undefined ? {} : { authorId: byId }),
      body: text,
      ...(inReplyTo === undefined ? {} : { inReplyTo: await threadOf(db, inReplyTo, reportId) }),
    });
  },
});

/** The comment under which an answer stands. An answer to an answer stands beside it: threads are one level deep. */
async function threadOf(db: MutationCtx["db"], commentId: Id<"comments">, reportId: Id<"reports">) {
  const comment = await db.get(commentId);
  if (comment === null || comment.reportId !== reportId) {
    throw refusal({ kind: "comment_missing", message: "The comment that this one answers is not there." });
  }
  return comment.inReplyTo ?? comment._id;
}
