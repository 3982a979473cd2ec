import type { Document, Json } from "bothy/internal";
import { parseValue } from "bothy/internal";

/** One commit as the files of the log have it, read without any code of the server's. */
export interface LoggedCommit {
  readonly version: number;
  readonly timeMs: number;
  readonly writes: readonly { readonly table: string; readonly id: string; readonly document: Document | null }[];
  readonly records: readonly { readonly key: readonly (string | number)[]; readonly text: string | null }[];
  /** The record's text, to compare commits by. */
  readonly text: string;
  readonly epoch?: string;
}

const segmentHeaderBytes = 56;
const recordHeadBytes = 36;

/** Reads the commits of a log in the order of their versions (docs/spec/storage.md, ST4). */
export function readLogFiles(files: ReadonlyMap<string, Uint8Array>): readonly LoggedCommit[] {
  return [...recordsOf(files)].map(({ version, body }) => commitOf(version, body.toString("utf8")));
}

/** The version of the last commit of a log. */
export function lastVersionIn(files: ReadonlyMap<string, Uint8Array>): number {
  let last = 0;
  for (const { version } of recordsOf(files)) last = version;
  return last;
}

function* recordsOf(
  files: ReadonlyMap<string, Uint8Array>,
): Iterable<{ readonly version: number; readonly body: Buffer }> {
  let last = 0;
  for (const name of [...files.keys()].filter((path) => path.includes("/log/") && path.endsWith(".log")).sort()) {
    const { buffer, byteOffset, byteLength } = files.get(name) ?? new Uint8Array();
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    let at = segmentHeaderBytes;
    while (at + recordHeadBytes <= bytes.length) {
      const length = bytes.readUInt32LE(at + 4);
      const version = bytes.readDoubleLE(at + 12);
      const end = at + recordHeadBytes + length;
      if (end > bytes.length || version !== last + 1) break;
      yield { version, body: bytes.subarray(at + recordHeadBytes, end) };
      last = version;
      at = end;
    }
  }
}

interface Head {
  readonly time: number;
  readonly writes?: readonly (readonly [table: string, id: string, length: number])[];
  readonly records?: readonly (readonly [key: readonly (string | number)[], length: number])[];
  readonly epoch?: string;
  readonly deployment?: { readonly [name: string]: Json };
}

function commitOf(version: number, text: string): LoggedCommit {
  const lineEnd = text.indexOf("\n");
  const head = JSON.parse(text.slice(0, lineEnd)) as Head;
  let at = lineEnd + 1;
  const next = (length: number): string | null => {
    if (length < 0) return null;
    at += length;
    return text.slice(at - length, at);
  };
  const writes = (head.writes ?? []).map(([table, id, length]) => {
    const written = next(length);
    return { table, id, document: written === null ? null : (parseValue(written) as Document) };
  });
  const records = (head.records ?? []).map(([key, length]) => ({ key, text: next(length) }));
  return { version, timeMs: head.time, writes, records, text, ...(head.epoch !== undefined && { epoch: head.epoch }) };
}
