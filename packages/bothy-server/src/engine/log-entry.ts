import { assert, schemaFromJson, type Json, type Key, type Schema, type Version } from "bothy/internal";
import type { RecordWrite } from "./engine.ts";

/*
 * The text of a log record: one line of JSON, then the texts of documents and records one after the other. The line tells
 * their lengths (in UTF-16 units), so that canonical text stays as it is and is neither escaped nor parsed.
 */

/** What makes a deployment this one and no other. */
export interface Deployment {
  readonly serverId: string;
  /** 64 hex digits. */
  readonly secret: string;
  readonly epoch: string;
}

/** A shape for which a book is kept. */
export interface BookShape {
  readonly table: string;
  readonly index: string;
  readonly equalities: number;
  /** It keeps count of what this projection shows; absent: of whole documents. */
  readonly projection?: string;
}

/** The shape of a book or a range, and nothing else of it. */
export function shapeOf({ table, index, equalities, projection }: BookShape): BookShape {
  return { table, index, equalities, ...(projection === undefined ? {} : { projection }) };
}

/** Tells whether two books are of the same shape. */
export function isSameShape(a: BookShape, b: BookShape): boolean {
  return a.table === b.table && a.index === b.index && a.equalities === b.equalities && a.projection === b.projection;
}

/** What is done to the books in the background, so that reading the log again comes to the same. */
export type BookStep =
  /** Rows of a book's index below this key are in its totals. */
  | { readonly kind: "count"; readonly book: BookShape; readonly to: Key }
  /** A place in time; the books reach back to the version `horizon`, if that is one of such a place. */
  | { readonly kind: "mark"; readonly horizon: Version }
  /** What lies before the horizon is gone from entries with lower keys; null: from all. */
  | { readonly kind: "sweep"; readonly to: string | null };

/** What one commit writes, without index keys: the schema in force tells them. */
export interface LogEntry {
  readonly timeMs: number;
  readonly writes: readonly { readonly table: string; readonly id: string; readonly text: string | null }[];
  readonly records: readonly RecordWrite[];
  /** From here on this book is kept. */
  readonly book?: BookShape;
  readonly bookStep?: BookStep;
  /** From here on this schema is in force. */
  readonly schema?: Json;
  /** The first record of a log. */
  readonly deployment?: Deployment;
  /** From here on this is the epoch. */
  readonly epoch?: string;
}

interface Head {
  readonly time: number;
  readonly writes?: readonly (readonly [table: string, id: string, length: number])[];
  readonly records?: readonly (readonly [key: readonly (string | number)[], length: number])[];
  readonly book?: BookShape;
  readonly bookStep?: BookStep;
  readonly schema?: Json;
  readonly deployment?: Deployment;
  readonly epoch?: string;
}

// Stands for the length of what is deleted.
const deleted = -1;

/** Writes an entry as the text of a log record. */
export function encodeLogEntry({ timeMs, writes, records, ...rest }: LogEntry): string {
  let texts = "";
  const lengthOf = (text: string | null): number => {
    if (text === null) return deleted;
    texts += text;
    return text.length;
  };
  const head: Head = {
    time: timeMs,
    ...(writes.length === 0 ? {} : { writes: writes.map(({ table, id, text }) => [table, id, lengthOf(text)]) }),
    ...(records.length === 0 ? {} : { records: records.map(({ key, text }) => [key, lengthOf(text)]) }),
    ...rest,
  };
  return `${JSON.stringify(head)}\n${texts}`;
}

/** Reads the text of a log record, which its checksum has shown to be what was written. */
export function decodeLogEntry(text: string): LogEntry {
  const lineEnd = text.indexOf("\n");
  assert(lineEnd > 0, "a log record begins with a line");
  const { time, writes = [], records = [], ...rest } = JSON.parse(text.slice(0, lineEnd)) as Head;
  let at = lineEnd + 1;
  const next = (length: number): string | null => {
    if (length === deleted) return null;
    at += length;
    return text.slice(at - length, at);
  };
  return {
    timeMs: time,
    writes: writes.map(([table, id, length]) => ({ table, id, text: next(length) })),
    records: records.map(([key, length]) => ({ key, text: next(length) })),
    ...rest,
  };
}

/** The schema that an entry brings. */
export function schemaOfEntry(entry: LogEntry): Schema | undefined {
  return entry.schema === undefined ? undefined : schemaFromJson(entry.schema);
}
