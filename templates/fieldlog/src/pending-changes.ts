// Which reports the changes of this device concern that the server has not confirmed, or has refused, and which are in conflict.

import { useOutbox } from "bothy/react";
import { useMemo } from "react";
import { useConflicts } from "./changes/conflicts.ts";
import { useOpenRejected } from "./changes/discards.ts";

export interface ReportMarks {
  /** Reports with a change that waits to be sent, by id or, for those filed here, by draft key. */
  readonly pending: ReadonlySet<string>;
  readonly rejected: ReadonlySet<string>;
  /** Reports with a field that two devices wrote at once, and that nobody has settled. */
  readonly conflicts: ReadonlySet<string>;
}

/** Marks of all reports, for rows and details to look themselves up. */
export function useReportMarks(): ReportMarks {
  const outbox = useOutbox();
  const entries = useOpenRejected();
  const conflicts = useConflicts();
  return useMemo(
    () => ({
      pending: subjectsOf(outbox),
      rejected: subjectsOf(entries),
      conflicts: new Set(conflicts.map(({ reportId }) => reportId)),
    }),
    [outbox, entries, conflicts],
  );
}

/** Tells whether a set of marks names this report. */
export function isMarked(
  marks: ReadonlySet<string>,
  report: { readonly _id: string; readonly draftKey?: string | undefined },
): boolean {
  return marks.has(report._id) || (report.draftKey !== undefined && marks.has(report.draftKey));
}

function subjectsOf(entries: readonly { readonly args: unknown }[]): Set<string> {
  const subjects = new Set<string>();
  for (const { args } of entries) {
    if (typeof args !== "object" || args === null) continue;
    if ("reportId" in args && typeof args.reportId === "string") subjects.add(args.reportId);
    if ("reportIds" in args && Array.isArray(args.reportIds)) {
      for (const reportId of args.reportIds) subjects.add(String(reportId));
    }
    if ("draftKey" in args && typeof args.draftKey === "string") subjects.add(args.draftKey);
  }
  return subjects;
}
