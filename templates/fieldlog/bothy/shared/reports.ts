import { v } from "bothy";
import type { Doc } from "../_generated/dataModel.js";
import { mutation, query, type MutationCtx } from "../_generated/server.js";
import { act, requireOpen, requireReport, writeFields } from "./acts.ts";
import { refusal } from "./refusals.ts";
import { checkReport, reportChanges, reportFields, type ReportChanges } from "./fields.ts";
import { requireAuthor, type Author } from "./who.ts";

/** What one call may close or reopen: each leaves a row behind, and a transaction has its limits. */
export const selectionMax = 500;

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
    const author = await requireAuthor({ db, auth });
    const reportId = await db.insert("reports", {
      ...fields,
      species: fields.species.trim(),
      airportId,
      draftKey,
      authorName: author.by,
      status: "open",
    });
    await db.patch(airportId, { reportCount: airport.reportCount + 1 });
    await act(db, await requireReport(db, reportId), { kind: "filed", author });
    return reportId;
  },
});

/**
 * Changes the named fields of a report that is not closed. `seen`: what these fields held when the form was opened. The
 * call brings it along, because only so can the server tell that it replaces a value that the author did not know.
 */
export const edit = mutation({
  args: { reportId: v.id("reports"), changes: reportChanges, seen: v.optional(reportChanges) },
  handler: async ({ db, auth }, { reportId, changes, seen }) => {
    const report = await requireReport(db, reportId);
    requireOpen(report, "edited");
    requireValid(changes);
    await writeFields(db, report, { kind: "edited", author: await requireAuthor({ db, auth }), changes, seen });
    return null;
  },
});

/** Marks an open report as reviewed: somebody has checked the record. It can still be edited. */
export const review = mutation({
  args: { reportId: v.id("reports") },
  handler: async ({ db, auth }, { reportId }) => {
    const report = await requireReport(db, reportId);
    requireOpen(report, "reviewed");
    if (report.status === "reviewed") return null;
    const author = await requireAuthor({ db, auth });
    const patch = { status: "reviewed", reviewedMs: Date.now(), reviewedBy: author.by } as const;
    await act(db, report, { kind: "reviewed", author }, patch);
    return null;
  },
});

/** Takes the review of a report back: it is open again, to be checked anew. */
export const unreview = mutation({
  args: { reportId: v.id("reports") },
  handler: async ({ db, auth }, { reportId }) => {
    const report = await requireReport(db, reportId);
    requireOpen(report, "taken out of review");
    if (report.status === "open") return null;
    const author = await requireAuthor({ db, auth });
    const patch = { status: "open", reviewedMs: undefined, reviewedBy: undefined } as const;
    await act(db, report, { kind: "reopened", author }, patch);
    return null;
  },
});

/** Closes a report: its fields stay as they are, comments go on. Closing twice is closing once. */
export const close = mutation({
  args: { reportId: v.id("reports") },
  handler: async ({ db, auth }, { reportId }) => {
    const report = await requireReport(db, reportId);
    await closeReport(db, report, await requireAuthor({ db, auth }));
    return null;
  },
});

/** Closes many reports in one call: all or none. Those that are closed or gone already are passed over. */
export const closeMany = mutation({
  args: { reportIds: v.array(v.id("reports")) },
  handler: async ({ db, auth }, { reportIds }) => {
    requireSelection(reportIds);
    const author = await requireAuthor({ db, auth });
    for (const reportId of reportIds) {
      const report = await db.get(reportId);
      if (report !== null) await closeReport(db, report, author);
    }
    return null;
  },
});

/**
 * Opens a closed report again: it stands where it stood before, so a review that was made lasts. What is not closed stays
 * as it is: of two people who reopen it at once, the second takes nothing back.
 */
export const reopen = mutation({
  args: { reportId: v.id("reports") },
  handler: async ({ db, auth }, { reportId }) => {
    const report = await requireReport(db, reportId);
    await reopenReport(db, report, await requireAuthor({ db, auth }));
    return null;
  },
});

/** The same for many in one call: all or none. Those that are not closed, or gone, are passed over. */
export const reopenMany = mutation({
  args: { reportIds: v.array(v.id("reports")) },
  handler: async ({ db, auth }, { reportIds }) => {
    requireSelection(reportIds);
    const author = await requireAuthor({ db, auth });
    for (const reportId of reportIds) {
      const report = await db.get(reportId);
      if (report !== null) await reopenReport(db, report, author);
    }
    return null;
  },
});

async function closeReport(db: MutationCtx["db"], report: Doc<"reports">, author: Author): Promise<void> {
  if (report.status === "closed") return;
  const patch = { status: "closed", closedFrom: report.status, closedMs: Date.now(), closedBy: author.by } as const;
  await act(db, report, { kind: "closed", author }, patch);
}

async function reopenReport(db: MutationCtx["db"], report: Doc<"reports">, author: Author): Promise<void> {
  if (report.status !== "closed") return;
  const before = { closedFrom: undefined, closedMs: undefined, closedBy: undefined };
  await act(db, report, { kind: "reopened", author }, { ...before, status: report.closedFrom ?? "open" });
}

function requireSelection(reportIds: readonly Doc<"reports">["_id"][]): void {
  if (reportIds.length > 0 && reportIds.length <= selectionMax) return;
  throw refusal({ kind: "invalid_selection", message: `Select 1 to ${selectionMax} reports.` });
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
