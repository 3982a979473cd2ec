import { v } from "bothy";
import type { Doc } from "../_generated/dataModel.js";
import { mutation, query } from "../_generated/server.js";
import { act, requireOpen, requireReport, writeFields } from "./acts.ts";
import { fieldValue, type ReportChanges } from "./fields.ts";
import { fieldName, isOpenConflict, openConflicts, type Conflict } from "./conflicts.ts";
import { refusal } from "./refusals.ts";
import { picksOf, requireAuthor } from "./who.ts";

/** What was done to a report, in the order in which the server took it. */
export const list = query({
  args: { reportId: v.id("reports") },
  handler: async ({ db }, { reportId }) => {
    const report = await db.get(reportId);
    if (report === null) return [];
    return await db
      .query("history")
      .withIndex("by_report", (q) => q.eq("airportId", report.airportId).eq("reportId", reportId))
      .collect();
  },
});

/** The fields of the picked airports' reports that two devices wrote at once, and that nobody has settled. */
export const conflicts = query({
  args: {},
  handler: async ({ db, auth }) => {
    const identity = await auth.getUserIdentity();
    if (identity === null) return [];
    const picks = await picksOf(db, identity.tokenIdentifier);
    const found: Conflict<Doc<"history">["_id"], Doc<"reports">["_id"]>[] = [];
    for (const { airportId } of picks) {
      const rows = await db
        .query("history")
        .withIndex("by_conflict", (q) => q.eq("airportId", airportId).eq("hasConflict", true))
        .collect();
      for (const reportId of new Set(rows.map((row) => row.reportId))) {
        const all = await db
          .query("history")
          .withIndex("by_report", (q) => q.eq("airportId", airportId).eq("reportId", reportId))
          .collect();
        found.push(...openConflicts(all));
      }
    }
    return found;
  },
});

/**
 * Ends a conflict. "keep": what the field holds stays. "take": what was replaced is put back, over what the caller saw in
 * the field. Keeping what somebody else has settled meanwhile changes nothing.
 */
export const settle = mutation({
  args: {
    reportId: v.id("reports"),
    historyId: v.id("history"),
    field: fieldName,
    choice: v.union(v.literal("keep"), v.literal("take")),
    seen: fieldValue,
  },
  handler: async ({ db, auth }, { reportId, historyId, field, choice, seen }) => {
    const row = await db.get(historyId);
    const conflict = row?.fields?.find((replaced) => replaced.field === field);
    if (row?.reportId !== reportId || conflict?.seen === undefined) {
      throw refusal({ kind: "conflict_missing", message: "There is no such conflict." });
    }
    const author = await requireAuthor({ db, auth });
    const report = await requireReport(db, reportId);
    if (choice === "keep" && conflict.settledBy !== undefined) return null;
    if (choice === "take") requireOpen(report, "edited");
    const fields = row.fields?.map((replaced) =>
      replaced === conflict ? { ...replaced, settledBy: conflict.settledBy ?? author.by } : replaced,
    );
    await db.patch(historyId, { fields, hasConflict: fields?.some(isOpenConflict) ? true : undefined });
    if (choice === "keep") {
      const kept = { field, from: conflict.from, to: seen };
      await act(db, report, { kind: "kept", author, fields: [kept] });
      return null;
    }
    // What the field has held before is of its type; the compiler only knows that it is of some field's.
    const changes = { [field]: conflict.from } as ReportChanges;
    const shown = { [field]: seen } as ReportChanges;
    await writeFields(db, report, { kind: "restored", author, changes, seen: shown });
    return null;
  },
});
