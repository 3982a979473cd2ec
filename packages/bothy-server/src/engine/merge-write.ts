import {
  applyMerges,
  decodeValue,
  documentKeys,
  isBothyError,
  makeRow,
  MergeOperation,
  parseValue,
  tableOf,
} from "bothy/internal";
import type { Document, FieldMerge, Schema } from "bothy/internal";
import type { StoreReader } from "../store/index.ts";
import type { DocumentWrite } from "./engine.ts";
import { documentKey } from "./keys.ts";
import { decodeStored } from "./stored-document.ts";

/**
 * The write with its operations applied to the document as it is now (TX13). Undefined: it is not there any more, or what they
 * would make of it cannot be stored; another run of the transaction meets that and says so.
 */
export function mergeOnto(schema: Schema, view: StoreReader, write: DocumentWrite): DocumentWrite | undefined {
  const { table: name, id, merges = [] } = write;
  const stored = view.get(documentKey(name, id));
  if (stored === undefined) return undefined;
  const table = tableOf(schema, name);
  // What is stored under a table was a document of it when it was written.
  const document = parseValue(decodeStored(id, stored).text) as Document;
  try {
    const decoded = merges.map(([field, kind, operand]): FieldMerge => [
      field,
      new MergeOperation(kind, decodeValue(operand)),
    ]);
    const { row } = makeRow(table, { ...document, ...applyMerges(document, decoded) });
    return { table: name, id, text: row.text, before: documentKeys(table, document), after: row.keys };
  } catch (error) {
    if (isBothyError(error)) return undefined;
    throw error;
  }
}
