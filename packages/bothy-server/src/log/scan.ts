import type { Disk } from "../base/index.ts";
import {
  chainedHash,
  readRecord,
  readRecordSize,
  readRecordVersion,
  recordHeadBytes,
  type LogRecord,
} from "./record.ts";

/** A place in the log: the state after the record of `version`. */
export interface ScanState {
  readonly version: number;
  readonly hash: string;
  /** Byte after that record. */
  readonly offset: number;
  /** Byte at which that record starts; undefined before the first record of a segment. */
  readonly recordOffset: number | undefined;
}

/** Where a scan stopped, and why if it was not at the end of the file. */
export interface ScanEnd extends ScanState {
  readonly problem?: string;
}

/** Takes one record; what it returns is awaited before the next. */
export type RecordVisit = (record: LogRecord, offset: number) => void | Promise<void>;

const chunkBytes = 1_048_576;

/** What of a segment is read: from a place on, up to a version or the end of the file. */
export interface ScanSpan {
  readonly from: ScanState;
  readonly untilVersion?: number | undefined;
}

/** Reads the records of one segment, each checked by its checksum and against the chain. */
export async function scanRecords(disk: Disk, path: string, span: ScanSpan, visit: RecordVisit): Promise<ScanEnd> {
  let state = span.from;
  let bytes: Buffer = Buffer.alloc(0);
  let at = 0;
  for (;;) {
    if (state.version === span.untilVersion) return state;
    const sizeBytes = readRecordSize(bytes, at);
    if (sizeBytes === undefined || at + sizeBytes > bytes.length) {
      // A record that says to be longer than what was read: read that much, at least a chunk.
      const wanted = Math.max(chunkBytes, sizeBytes ?? 0);
      const more = await disk.readAt(path, state.offset, wanted);
      if (more.length === 0) return state;
      const isStuck = more.length <= bytes.length - at;
      bytes = Buffer.from(more.buffer, more.byteOffset, more.length);
      at = 0;
      if (!isStuck) continue;
      const isLong = bytes.length >= recordHeadBytes && readRecordSize(bytes, 0) === undefined;
      return { ...state, problem: isLong ? "a record is longer than any record can be" : "a record is not whole" };
    }
    const record = readRecord(bytes, at);
    if (record === undefined) return { ...state, problem: "a record does not match its checksum" };
    if (record.version !== state.version + 1)
      return { ...state, problem: `version ${record.version} follows ${state.version}` };
    if (chainedHash(bytes, at, sizeBytes, state.hash) !== record.hash) {
      return { ...state, problem: `version ${record.version} does not continue what is before it` };
    }
    const visited = visit(record, state.offset);
    if (visited !== undefined) await visited;
    state = {
      version: record.version,
      hash: record.hash,
      offset: state.offset + sizeBytes,
      recordOffset: state.offset,
    };
    at += sizeBytes;
  }
}

/**
 * Tells whether anything after a bad place was written by a later group than the bad record's. If so the bad record had
 * been synced and is damage; if not, its group was under way when the process or the power went, and nobody was told of it.
 */
export async function holdsLaterGroup(disk: Disk, path: string, offset: number, lastVersion: number): Promise<boolean> {
  const rest = await disk.readAt(path, offset, (await disk.stat(path))?.sizeBytes ?? 0);
  const bytes = Buffer.from(rest.buffer, rest.byteOffset, rest.length);
  const versionMax = lastVersion + bytes.length / recordHeadBytes + 1;
  for (let at = 0; at + recordHeadBytes <= bytes.length; at++) {
    const version = readRecordVersion(bytes, at);
    if (!(version > lastVersion && version <= versionMax) || !Number.isInteger(version)) continue;
    const record = readRecord(bytes, at);
    if (record !== undefined && record.groupFirst > lastVersion + 1) return true;
  }
  return false;
}
