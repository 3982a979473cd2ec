// How a report is changed: each act leaves a row in its history, in the same transaction.

import type { WithoutSystemFields } from "bothy";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../_generated/server.js";
import { fieldNames, fieldOf, type ReportChanges } from "./fields.ts";
import { isOpenConflict, type HistoryKind, type ReplacedField } from "./conflicts.ts";
import { refusal } from "./refusals.ts";
import type { Author } from "./who.ts";

type Db = MutationCtx["db"];
/** What an act changes in the report itself; undefined takes a field away. */
type ReportPatch = {
  readonly [Field in keyof WithoutSystemFields<Doc<"reports">>]?: Doc<"reports">[Field] | undefined;
};

/** What is done to a report, and by whom. */
export interface Act {
  readonly kind: HistoryKind;
  readonly author: Author;
  readonly fields?: ReplacedField[];
}

/** Records an act on a report and changes the report with it. */
export async function act(db: Db, report: Doc<"reports">, done: Act, patch: ReportPatch = {}): Promise<void> {
  const { kind, author, fields } = done;
  const place = (report.actCount ?? 0) + 1;
  const { airportId, _id: reportId } = report;
  await db.patch(reportId, { ...patch, actCount: place });
  await db.insert("history", {
    airportId,
    reportId,
    place,
    kind,
    ...author,
    ...(fields === undefined ? {} : { fields }),
    ...(fields?.some(isOpenConflict) ? { hasConflict: true } : {}),
  });
}

/** The report that a call names; refused if there is none. */
export async function requireReport(db: Db, reportId: Doc<"reports">["_id"]): Promise<Doc<"reports">> {
  const report = await db.get(reportId);
  if (report === null) throw refusal({ kind: "report_missing", message: "There is no such report." });
  return report;
}

/** Refuses what may not be done to a closed report. */
export function requireOpen(report: Doc<"reports">, what: string): void {
  if (report.status !== "closed") return;
  const by = report.closedBy === undefined ? "" : ` by ${report.closedBy}`;
  throw refusal({ kind: "report_closed", message: `This report was closed${by} and can’t be ${what}.` });
}

/** New values for some fields, who writes them, and what these fields held before the author's eyes. */
interface Writing {
  readonly kind: "edited" | "restored";
  readonly author: Author;
  readonly changes: ReportChanges;
  readonly seen?: ReportChanges | undefined;
}

/** Writes fields of a report and records what they replaced. A field that holds the new value already is not part of it. */
export async function writeFields(db: Db, report: Doc<"reports">, writing: Writing): Promise<void> {
  const { kind, author, changes, seen = {} } = writing;
  const fields = fieldNames.flatMap((field) => {
    const to = changes[field];
    const from = fieldOf(report, field);
    if (to === undefined || to === from) return [];
    const shown = seen[field];
    return [{ field, from, to, ...(shown === undefined ? {} : { seen: shown }) }];
  });
  if (fields.length === 0) return;
  const { speedKnots, ...others } = changes;
  await act(
    db,
    report,
    { kind, author, fields },
    {
      ...others,
      ...(speedKnots === undefined ? {} : { speedKnots: speedKnots ?? undefined }),
      updatedMs: Date.now(),
      updatedBy: author.by,
    },
  );
}
