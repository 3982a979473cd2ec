import { BothyError } from "../errors/index.ts";
import type { AnyFields } from "../functions/index.ts";
import { documentKeys, projectFields, type Projection, type TableDefinition } from "../schema/index.ts";
import {
  checkDocument,
  equalValues,
  freezeDeep,
  isPlainObject,
  nameType,
  readValue,
  stringifyValue,
  validate,
  type Document,
} from "../values/index.ts";
import type { WrittenRow } from "./write-set.ts";

/** A row that is to be put, and what it counts against the limits. */
export interface MadeRow {
  readonly row: WrittenRow;
  readonly sizeBytes: number;
}

/**
 * Makes a row of what is to be stored: checked, as text, and as the document that will be read back from that text. On a device
 * that holds only a projection it is a row in that, and the deployment alone can check the whole.
 */
export function makeRow(table: TableDefinition, whole: Document, projection?: Projection): MadeRow {
  const given = projection ? projectFields(whole, projection) : whole;
  const sizeBytes = checkDocument(table.name, given);
  const text = stringifyValue(given);
  // The text was made from a document of this table a moment ago.
  const document = freezeDeep(readValue(JSON.parse(text)) as Document);
  if (!projection)
    validate(table.documentValidator, document, "document_invalid", `A document of table "${table.name}"`);
  const keys = documentKeys(table, document, projection);
  const row = { id: document._id, version: 0, keys, document, text, sizeBytes: text.length };
  return { row: projection ? { ...row, projection: projection.name } : row, sizeBytes };
}

/** Refuses what is no object of fields. */
export function refuseUnlessFields(table: string, fields: unknown): void {
  if (isPlainObject(fields)) return;
  throw new BothyError("document_invalid", {
    message: `A write to table "${table}" was given ${nameType(fields)}.`,
    fix: "Give it an object: { field: value }.",
  });
}

/** `_id` and `_creationTime` are set by us; where there is a document, repeating what it has is no harm. */
export function refuseSystemFields(table: string, fields: AnyFields, document: Document | undefined): void {
  refuseUnlessFields(table, fields);
  for (const field of ["_id", "_creationTime"] as const) {
    const value = fields[field];
    if (value === undefined || (document !== undefined && equalValues(value, document[field]))) continue;
    throw new BothyError("document_invalid", {
      message: `A write to table "${table}" gives ${field}, which Bothy sets itself.`,
      fix: `Leave ${field} out, or as it is.`,
    });
  }
}
