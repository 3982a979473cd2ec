import type { Disk } from "../base/index.ts";
import { logDamaged } from "./damage.ts";
import { chainedHash, firstHash, readRecord, readRecordSize, recordHeadBytes } from "./record.ts";
import { holdsLaterGroup } from "./scan.ts";
import { readSegmentHead, segmentHeadBytes, segmentName } from "./segment.ts";

/** A place between two records, from which a reader goes on. */
export interface LogPlace {
  readonly serverId: string;
  /** The last version before it, and the running hash with that record. */
  readonly version: number;
  readonly hash: string;
  /** First version of the segment. */
  readonly segment: number;
  /** Byte behind the last record, in that segment. */
  readonly offset: number;
  /** Byte at which the last record starts. */
  readonly recordOffset: number;
}

/** A run of whole records of one segment, as the bytes that stand there; at its beginning with the header. */
export interface LogStretch {
  /** First version of the segment. */
  readonly segment: number;
  /** Byte of the segment at which it begins. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The place behind it. */
  readonly end: LogPlace;
}

interface ReadParts {
  readonly disk: Disk;
  /** The folder of the segments. */
  readonly folder: string;
}

/**
 * Reads the next whole records behind a place, while another process may be writing behind them: every checksum and the
 * chain are checked, and what is not whole yet is left for later. Undefined: there is nothing more now. A stretch ends
 * with the record that brings it to `sizeBytes`. What is read need not be durable: sync the segment before relying on it.
 */
export async function readStretch(
  parts: ReadParts,
  from: LogPlace | undefined,
  sizeBytes: number,
): Promise<LogStretch | undefined> {
  if (from !== undefined) {
    const found = await readOn(parts, from, sizeBytes);
    if (found !== undefined) return found;
  }
  const begun = await beginSegment(parts, from);
  if (begun === undefined) {
    if (from !== undefined) await refuseDamage(parts, from);
    return undefined;
  }
  const found = await readOn(parts, begun, sizeBytes);
  if (found === undefined) return undefined;
  const head = await parts.disk.readAt(pathOf(parts, begun.segment), 0, segmentHeadBytes);
  return { ...found, offset: 0, bytes: Buffer.concat([head, found.bytes]) };
}

/** Tells whether the record before a place stands in a log just as the place says. */
export async function holdsPlace({ disk, folder }: ReadParts, place: LogPlace): Promise<boolean> {
  const path = pathOf({ folder }, place.segment);
  if ((await disk.stat(path)) === undefined) return false;
  const head = readSegmentHead(await disk.readAt(path, 0, segmentHeadBytes));
  if (head?.serverId !== place.serverId) return false;
  const bytes = bufferOf(await disk.readAt(path, place.recordOffset, place.offset - place.recordOffset));
  const record = readRecord(bytes, 0);
  return record !== undefined && record.version === place.version && record.hash === place.hash;
}

/** The server whose log stands in a folder; undefined if there is none yet. */
export async function readServerId({ disk, folder }: ReadParts): Promise<string | undefined> {
  const path = pathOf({ folder }, 1);
  if ((await disk.stat(path)) === undefined) return undefined;
  return readSegmentHead(await disk.readAt(path, 0, segmentHeadBytes))?.serverId;
}

/** How many bytes of segments stand behind a place. */
export async function bytesBehind({ disk, folder }: ReadParts, place: LogPlace | undefined): Promise<number> {
  let sum = 0;
  for (const name of await disk.list(folder)) {
    const segment = Number(name.slice(0, -".log".length));
    if (!name.endsWith(".log") || segment < (place?.segment ?? 0)) continue;
    const sizeBytes = (await disk.stat(`${folder}/${name}`))?.sizeBytes ?? 0;
    sum += segment === place?.segment ? Math.max(0, sizeBytes - place.offset) : sizeBytes;
  }
  return sum;
}

function pathOf({ folder }: Pick<ReadParts, "folder">, segment: number): string {
  return `${folder}/${segmentName(segment)}`;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

async function readOn(parts: ReadParts, from: LogPlace, sizeBytes: number): Promise<LogStretch | undefined> {
  const path = pathOf(parts, from.segment);
  let bytes = bufferOf(await parts.disk.readAt(path, from.offset, sizeBytes));
  const firstSize = readRecordSize(bytes, 0) ?? 0;
  // One record may be longer than a stretch.
  if (firstSize > bytes.length && bytes.length === sizeBytes)
    bytes = bufferOf(await parts.disk.readAt(path, from.offset, firstSize));
  let end = from;
  let at = 0;
  for (;;) {
    const record = readRecord(bytes, at);
    if (record === undefined || record.version !== end.version + 1) break;
    if (chainedHash(bytes, at, record.sizeBytes, end.hash) !== record.hash) break;
    const recordOffset = from.offset + at;
    at += record.sizeBytes;
    end = { ...end, version: record.version, hash: record.hash, recordOffset, offset: from.offset + at };
  }
  if (at === 0) return undefined;
  return { segment: from.segment, offset: from.offset, bytes: bytes.subarray(0, at), end };
}

/** The place behind the header of the segment that follows; undefined while there is none. */
async function beginSegment(parts: ReadParts, from: LogPlace | undefined): Promise<LogPlace | undefined> {
  const firstVersion = (from?.version ?? 0) + 1;
  if (from !== undefined && from.segment === firstVersion) return undefined;
  const path = pathOf(parts, firstVersion);
  if ((await parts.disk.stat(path)) === undefined) return undefined;
  const head = readSegmentHead(await parts.disk.readAt(path, 0, segmentHeadBytes));
  // Its first group is being written.
  if (head === undefined) return undefined;
  const hash = from?.hash ?? firstHash;
  if (
    head.firstVersion !== firstVersion ||
    head.hashBefore !== hash ||
    head.serverId !== (from?.serverId ?? head.serverId)
  )
    throw logDamaged(path, 0, `it does not continue version ${firstVersion - 1}`);
  const place = { serverId: head.serverId, version: firstVersion - 1, hash, segment: firstVersion };
  return { ...place, offset: segmentHeadBytes, recordOffset: segmentHeadBytes };
}

/** What is not whole is being written, unless something behind it was written by a later group: that had been synced. */
async function refuseDamage(parts: ReadParts, from: LogPlace): Promise<void> {
  const path = pathOf(parts, from.segment);
  const sizeBytes = (await parts.disk.stat(path))?.sizeBytes ?? 0;
  if (sizeBytes - from.offset < recordHeadBytes) return;
  if (!(await holdsLaterGroup(parts.disk, path, from.offset, from.version))) return;
  // Between the two looks it may have become whole.
  if ((await readOn(parts, from, recordHeadBytes)) !== undefined) return;
  throw logDamaged(path, from.offset, `what follows version ${from.version} is not what was written`);
}
