import { isMergeOperation, type AnyChanges, type AnyFields, type MergeOperation } from "../functions/index.ts";
import { checkValue, cloneValue, type Document, type Value } from "../values/index.ts";

/** One operation of a patch, as it is kept until the commit. */
export type FieldMerge = readonly [field: string, operation: Pick<MergeOperation, "kind" | "operand" | "apply">];

/** A patch, taken apart: what it sets, and what it does to fields whatever they are. */
export interface Patch {
  readonly fields: AnyFields;
  readonly merges: readonly FieldMerge[];
}

/**
 * Takes apart what a document is patched with, or replaced with, and copies it: it may be a while until the document has been
 * read. What replaces a document are values only.
 */
export function takePatch(changes: AnyChanges, isPatch: boolean): Patch {
  // A copy as a whole: a field named __proto__ that is assigned leaves no trace, and it is to be refused.
  const fields: { [field: string]: AnyChanges[string] } = { ...changes };
  const merges: FieldMerge[] = [];
  for (const [field, given] of Object.entries(changes)) {
    if (!isPatch || !isMergeOperation(given)) continue;
    merges.push([field, given]);
    fields[field] = null;
  }
  checkValue(fields);
  for (const [field] of merges) delete fields[field];
  return { fields: cloneValue(fields), merges };
}

/** The fields of a document that operations change, as they are afterwards (TX13). */
export function applyMerges(document: Document, merges: readonly FieldMerge[]): AnyFields {
  const fields: Record<string, Value | undefined> = {};
  for (const [field, operation] of merges)
    fields[field] = operation.apply(field, Object.hasOwn(fields, field) ? fields[field] : document[field]);
  return fields;
}
