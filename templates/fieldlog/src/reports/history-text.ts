// What the rows of a report's history say, in words.

import type { Doc } from "../../bothy/_generated/dataModel.js";
import type { HistoryKind, ReplacedField } from "../../bothy/shared/conflicts.ts";
import { fieldLabels, fieldText } from "./field-text.ts";

const acts: Readonly<Record<HistoryKind, string>> = {
  filed: "filed the report",
  edited: "changed",
  reviewed: "marked it reviewed",
  closed: "closed the report",
  reopened: "reopened the report",
  kept: "settled a conflict",
  restored: "took back",
};

/** What somebody did, after their name. */
export function actText({ kind, fields = [] }: Pick<Doc<"history">, "kind" | "fields">): string {
  if ((kind === "edited" || kind === "restored") && fields.length > 1) return `${acts[kind]} ${fields.length} fields`;
  const [only] = fields;
  return (kind === "edited" || kind === "restored") && only !== undefined
    ? `${acts[kind]} ${fieldLabels[only.field]}`
    : acts[kind];
}

/** What an act did to one field, with the old value apart from the new one. */
export function replacedText(kind: HistoryKind, { field, from, to }: ReplacedField) {
  return {
    label: fieldLabels[field],
    /** Of a conflict that ended with the value that stood there, the one that was not taken. */
    isKept: kind === "kept",
    before: fieldText(field, from),
    after: fieldText(field, to),
  };
}
