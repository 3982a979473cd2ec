import {
  checkDocument,
  documentKeys,
  encodeValue,
  isBothyError,
  isIdOf,
  isPlainObject,
  limits,
  makeId,
  tableOf,
  utf8Length,
} from "bothy/internal";
import type { Document, Schema, Value } from "bothy/internal";

/** A call to the server has room for this much beside its documents. */
const callBytesFree = 4_096;

/** What a table or its indexes have against a row: all that an import would be refused for. */
export function problemOfRow(schema: Schema, tableName: string, row: Value): string | undefined {
  const table = tableOf(schema, tableName);
  if (!isPlainObject(row)) return table.validator.check(row)[0]?.message;
  const { _id, _creationTime, ...fields } = row;
  const [issue] = table.validator.check(fields);
  if (issue !== undefined) return issue.message;
  const problem = problemOfId(schema, tableName, _id) ?? problemOfTime(_creationTime);
  if (problem !== undefined) return problem;
  try {
    // Every id and time takes the same room.
    const document = { _id: makeId(tableName, new Uint8Array(16)), _creationTime: 0, ...row } as Document;
    checkDocument(tableName, document);
    documentKeys(table, document);
    const sentBytes = utf8Length(JSON.stringify(encodeValue(row as Value)));
    return sentBytes + callBytesFree <= limits.frameSizeBytes
      ? undefined
      : `it takes ${sentBytes} bytes as JSON; a call holds ${limits.frameSizeBytes}`;
  } catch (error) {
    if (isBothyError(error)) return error.message;
    throw error;
  }
}

function problemOfId(schema: Schema, tableName: string, id: unknown): string | undefined {
  if (id === undefined || (typeof id === "string" && isIdOf(tableName, id))) return undefined;
  const shown = JSON.stringify(id);
  const owner = typeof id === "string" ? Object.keys(schema.tables).find((name) => isIdOf(name, id)) : undefined;
  return owner === undefined ? `_id ${shown} is no id` : `_id ${shown} belongs to table "${owner}", not "${tableName}"`;
}

function problemOfTime(time: unknown): string | undefined {
  if (time === undefined) return undefined;
  const isTime = typeof time === "number" && time >= 0 && time < Number.POSITIVE_INFINITY;
  return isTime ? undefined : `_creationTime ${JSON.stringify(time)} is no time in milliseconds since 1970`;
}

/** A row whose id an earlier row of its table has. */
export function problemOfRepetition(row: Value, ids: Set<string>): string | undefined {
  const id = typeof row === "object" && row !== null && "_id" in row ? row["_id"] : undefined;
  if (typeof id !== "string") return undefined;
  if (ids.has(id)) return `_id "${id}" stands in an earlier row too`;
  ids.add(id);
  return undefined;
}
