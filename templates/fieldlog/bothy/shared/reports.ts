import { v } from "bothy";
import type { Doc, Id } from "../_generated/dataModel.js";
import { mutation, query, type QueryCtx } from "../_generated/server.js";
import { refusal } from "./refusals.ts";
import { checkReport, reportChanges, reportFields, type ReportChanges } from "./fields.ts";
import { callerName } from "./who.ts";

/** All reports of some airports, newest first. What narrows a list is worked out over this one answer, on the device. */
export const list = query({
  args: { airportIds: v.array(v.id("airports")) },
  handler: async ({ db }, { airportIds }) => {
    const found: Doc<"reports">[] = [];
    for (const airportId of new Set(airportIds)) {
      const reports = await db
        .query("reports")
        .withIndex("by_airport", (q) => q.eq("airportId", airportId))
        .order("desc")
        .collect();
      for (const report of reports) found.push(report);
    }
    // Each airport's reports stand in this order already, and sorting takes such runs as they are.
    return found.sort(newestFirst);
  },
});

/** One report, or null if there is none or it lies outside of what may be seen. */
export const get = query({
  args: { reportId: v.id("reports") },
  handler: async ({ db }, { reportId }) => await db.get(reportId),
});

/** A report by the key that the device gave it when it was filed. */
export const byDraft = query({
  args: { airportId: v.id("airports"), draftKey: v.string() },
  handler: async ({ db }, { airportId, draftKey }) =>
    await db
      .query("reports")
      .withIndex("by_draft", (q) => q.eq("airportId", airportId).eq("draftKey", draftKey))
      .first(),
});

/** Files a new report. */
export const create = mutation({
  args: { airportId: v.id("airports"), draftKey: v.string(), fields: reportFields },
  handler: async ({ db, auth }, { airportId, draftKey, fields }) => {
    requireValid(fields);
    const airport = await db.get(airportId);
    if (airport === null) throw refusal({ kind: "airport_missing", message: "There is no such airport." });
    const authorName = await callerName({ db, auth });
    const reportId = await db.insert("reports", {
      ...fields,
      species: fields.species.trim(),
      airportId,
      draftKey,
      authorName,
      status: "open",
    });
    await db.patch(airportId, { reportCount: airport.reportCount + 1 });
    return reportId;
  },
});

/** Changes the named fields of an open report. */
export const edit = mutation({
  args: { reportId: v.id("reports"), changes: reportChanges },
  handler: async ({ db, auth }, { reportId, changes }) => {
    const report = await requireReport(db, reportId);
    if (report.status === "closed") {
      throw refusal({
        kind: "report_closed",
        message: `This report was closed${report.closedBy === undefined ? "" : ` by ${report.closedBy}`} and can’t be edited.`,
      });
    }
    requireValid(changes);
    const { speedKnots, ...others } = changes;
    await db.patch(reportId, {
      ...others,
      ...(speedKnots === undefined ? {} : { speedKnots: speedKnots ?? undefined }),
      updatedMs: Date.now(),
      updatedBy: await callerName({ db, auth }),
    });
    return null;
  },
});

/** Closes a report: its fields stay as they are, comments go on. Closing twice is closing once. */
export const close = mutation({
  args: { reportId: v.id("reports") },
  handler: async ({ db, auth }, { reportId }) => {
    const report = await requireReport(db, reportId);
    if (report.status === "closed") return null;
    const closedBy = await callerName({ db, auth });
    await db.patch(reportId, { status: "closed", closedMs: Date.now(), closedBy });
    return null;
  },
});

/** Opens a closed report again. */
export const reopen = mutation({
  args: { reportId: v.id("reports") },
  handler: async ({ db }, { reportId }) => {
    await requireReport(db, reportId);
    await db.patch(reportId, { status: "open", closedMs: undefined, closedBy: undefined });
    return null;
  },
});

async function requireReport(db: QueryCtx["db"], reportId: Id<"reports">): Promise<Doc<"reports">> {
  const report = await db.get(reportId);
  if (report === null) throw refusal({ kind: "report_missing", message: "There is no such report." });
  return report;
}

function requireValid(fields: ReportChanges): void {
  const problems = checkReport(fields, Date.now());
  const texts = Object.values(problems);
  if (texts.length > 0) throw refusal({ kind: "invalid_report", message: texts.join(" "), problems });
}

function newestFirst(a: Doc<"reports">, b: Doc<"reports">): number {
  if (a.date !== b.date) return a.date < b.date ? 1 : -1;
  return b._creationTime - a._creationTime || (a._id < b._id ? 1 : -1);
}
