import { assert } from "bothy/internal";
import { crc32 } from "../base/index.ts";

/*
 * A segment is a file of records behind this header, numbers little-endian:
 *   0  "bothylog"
 *   8  format (u32)
 *  12  version of its first record (f64)
 *  20  server id (16 bytes)
 *  36  hash before its first record (16 bytes)
 *  52  crc32 of the 52 bytes before
 */
const magic = "bothylog";
const crcAt = 52;

/** Bytes in front of the first record of a segment. */
export const segmentHeadBytes = 56;

/** The format that this code writes and reads. */
export const logFormat = 1;

/** What a segment says about itself. */
export interface SegmentHead {
  readonly format: number;
  readonly firstVersion: number;
  /** 32 hex digits. */
  readonly serverId: string;
  readonly hashBefore: string;
}

/** Writes the header of a segment. */
export function encodeSegmentHead(head: Omit<SegmentHead, "format">): Buffer {
  const bytes = Buffer.alloc(segmentHeadBytes);
  bytes.write(magic, 0, "latin1");
  bytes.writeUInt32LE(logFormat, 8);
  bytes.writeDoubleLE(head.firstVersion, 12);
  bytes.write(head.serverId, 20, "hex");
  bytes.write(head.hashBefore, 36, "hex");
  bytes.writeUInt32LE(crc32(bytes.subarray(0, crcAt)), crcAt);
  return bytes;
}

/** Reads the header of a segment, if it is whole. */
export function readSegmentHead(content: Uint8Array): SegmentHead | undefined {
  if (content.length < segmentHeadBytes) return undefined;
  const bytes = Buffer.from(content.buffer, content.byteOffset, segmentHeadBytes);
  if (bytes.toString("latin1", 0, 8) !== magic) return undefined;
  if (crc32(bytes.subarray(0, crcAt)) !== bytes.readUInt32LE(crcAt)) return undefined;
  return {
    format: bytes.readUInt32LE(8),
    firstVersion: bytes.readDoubleLE(12),
    serverId: bytes.toString("hex", 20, 36),
    hashBefore: bytes.toString("hex", 36, 52),
  };
}

// As many digits as a version can have, so that names order as versions do.
const nameDigits = 16;

/** Names the segment that begins with a version. */
export function segmentName(firstVersion: number): string {
  const digits = String(firstVersion);
  assert(Number.isSafeInteger(firstVersion) && digits.length <= nameDigits, "a version is a safe integer");
  return `${digits.padStart(nameDigits, "0")}.log`;
}

/** The version that a segment's name says it begins with. */
export function parseSegmentName(name: string): number | undefined {
  const match = /^(\d{16})\.log$/.exec(name);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** In a data folder: it was made by a restore, and no server has opened it since. */
export const restoredMark = "restored";
