import { BothyError } from "../errors/index.ts";
import { isMergeOperation, type AnyChanges, type AnyFields, type MergeKind } from "../functions/index.ts";
import { checkValue, cloneValue, equalValues, nameType, type Document, type Value } from "../values/index.ts";

/** One operation of a patch, as it is kept until the commit. */
export type FieldMerge = readonly [field: string, kind: MergeKind, operand: Value];

/** A patch, taken apart: what it sets, and what it does to fields whatever they are. */
export interface Patch {
  readonly fields: AnyFields;
  readonly merges: readonly FieldMerge[];
}

/** Takes a patch apart, and copies it: it may be a while until the document has been read. */
export function takePatch(changes: AnyChanges): Patch {
  const fields: Record<string, Value | undefined> = {};
  const merges: FieldMerge[] = [];
  for (const [field, given] of Object.entries(changes)) {
    if (isMergeOperation(given)) {
      checkValue(given.operand);
      merges.push([field, given.kind, cloneValue(given.operand)]);
    } else fields[field] = given;
  }
  checkValue(fields);
  return { fields: cloneValue(fields), merges };
}

/** The fields of a document that operations change, as they are afterwards (TX13). */
export function applyMerges(document: Document, merges: readonly FieldMerge[]): AnyFields {
  const fields: Record<string, Value | undefined> = {};
  for (const [field, kind, operand] of merges) {
    const before = Object.hasOwn(fields, field) ? fields[field] : document[field];
    fields[field] = kind === "inc" ? sum(field, before, operand) : setAfter([field, kind, operand], before);
  }
  return fields;
}

function sum(field: string, before: Value | undefined, by: Value): Value {
  if (before === undefined) return by;
  if (typeof before === "number" && typeof by === "number") return before + by;
  if (typeof before === "bigint" && typeof by === "bigint") return before + by;
  throw unfit(field, "inc", `${nameType(before)} by ${nameType(by)}`);
}

function setAfter([field, kind, item]: FieldMerge, before: Value | undefined): Value | undefined {
  if (before === undefined) return kind === "addToSet" ? [item] : undefined;
  if (!Array.isArray(before)) throw unfit(field, kind, nameType(before));
  if (kind === "removeFromSet") return before.filter((one) => !equalValues(one, item));
  return before.some((one) => equalValues(one, item)) ? before : [...before, item];
}

function unfit(field: string, kind: MergeKind, what: string): BothyError {
  return new BothyError("document_invalid", {
    message: `${kind} can't change ${field}: ${what}.`,
    fix: "Use inc on numbers or bigints, and the others on arrays.",
  });
}
