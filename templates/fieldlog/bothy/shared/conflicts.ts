// What the history of a report holds, and which of it is a conflict. Pure, so that screens tell it as the functions do.

import { v, type Infer } from "bothy";
import { fieldValue, type FieldName, type FieldValue } from "./fields.ts";

export const historyKind = v.union(
  v.literal("filed"),
  v.literal("edited"),
  v.literal("reviewed"),
  v.literal("closed"),
  // Taken back by a step: from closed to what it was, or from reviewed to open.
  v.literal("reopened"),
  // How a conflict ended: what stood in the field stays, or what it had replaced is back.
  v.literal("kept"),
  v.literal("restored"),
);
export type HistoryKind = Infer<typeof historyKind>;

export const fieldName = v.union(
  v.literal("date"),
  v.literal("species"),
  v.literal("size"),
  v.literal("phase"),
  v.literal("timeOfDay"),
  v.literal("damage"),
  v.literal("aircraft"),
  v.literal("operator"),
  v.literal("speedKnots"),
  v.literal("costRepair"),
  v.literal("costOther"),
);

export const replacedField = v.object({
  field: fieldName,
  /** What it held when the change was made to it. For a conflict that ended with "kept": the value that was not taken back. */
  from: fieldValue,
  to: fieldValue,
  /** What the author had before their eyes. Where it is not `from`, somebody else had written the field meanwhile. */
  seen: v.optional(fieldValue),
  /** Who settled the conflict. */
  settledBy: v.optional(v.string()),
});
export type ReplacedField = Infer<typeof replacedField>;

/** Tells whether two devices wrote a field without knowing of each other, and nobody has settled it yet. */
export function isOpenConflict({ from, seen, settledBy }: ReplacedField): boolean {
  return seen !== undefined && seen !== from && settledBy === undefined;
}

interface HistoryRow<Id extends string, Report extends string> {
  readonly _id: Id;
  readonly _creationTime: number;
  readonly reportId: Report;
  readonly place: number;
  readonly kind: HistoryKind;
  readonly by: string;
  readonly byId?: string | undefined;
  readonly fields?: readonly ReplacedField[] | undefined;
}

/** A field that somebody wrote over a value that they had not seen. */
export interface Conflict<Id extends string = string, Report extends string = string> {
  readonly historyId: Id;
  readonly reportId: Report;
  readonly field: FieldName;
  /** The value that was replaced, and who had written it; absent where the record came with it. */
  readonly from: FieldValue;
  readonly fromBy?: { readonly by: string; readonly byId?: string | undefined };
  readonly to: FieldValue;
  readonly by: string;
  readonly byId?: string | undefined;
  readonly timeMs: number;
}

/** The conflicts of one report that nobody has settled, from the rows of its history in their order. */
export function openConflicts<Id extends string, Report extends string>(
  rows: readonly HistoryRow<Id, Report>[],
): Conflict<Id, Report>[] {
  return rows.flatMap((row, index) =>
    (row.fields ?? []).filter(isOpenConflict).map(({ field, from, to }) => {
      const before = rows.slice(0, index).findLast((earlier) => earlier.kind !== "kept" && writes(earlier, field));
      return {
        historyId: row._id,
        reportId: row.reportId,
        field,
        from,
        to,
        by: row.by,
        byId: row.byId,
        timeMs: row._creationTime,
        ...(before === undefined ? {} : { fromBy: { by: before.by, byId: before.byId } }),
      };
    }),
  );
}

function writes(row: { readonly fields?: readonly ReplacedField[] | undefined }, field: FieldName): boolean {
  return row.fields?.some((replaced) => replaced.field === field) ?? false;
}
