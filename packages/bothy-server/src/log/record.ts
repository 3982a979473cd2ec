import { assert } from "bothy/internal";
import { crc32, shortHash } from "../base/index.ts";

/*
 * A record on the disk, numbers little-endian:
 *   0  crc32 of all that follows
 *   4  bytes of text (u32)
 *   8  version minus the first version of its group (u32)
 *  12  version (f64)
 *  20  running hash: sha256(version, hash before, text), first 16 bytes
 *  36  text, UTF-8
 */
const lengthAt = 4;
const groupAt = 8;
const versionAt = 12;
const hashAt = 20;

/** Bytes in front of the text of a record. */
export const recordHeadBytes = 36;

/** The longest text that a record may have; anything longer on the disk is damage. */
export const recordTextMax = 64 * 1_048_576;

/** The hash before the first record. */
export const firstHash: string = "0".repeat(32);

/** One record of the log. */
export interface LogRecord {
  readonly version: number;
  /** The running hash of the log up to and with this record. */
  readonly hash: string;
  readonly text: string;
}

/** A record as it was found on the disk. */
export interface FoundRecord extends LogRecord {
  /** First version of the group that was written, and synced, together with this record. */
  readonly groupFirst: number;
  readonly sizeBytes: number;
}

/** Makes a record whose group is not known yet; `sealRecord` completes it. */
export function encodeRecord(version: number, text: string, hashBefore: string): { bytes: Buffer; hash: string } {
  const length = Buffer.byteLength(text, "utf8");
  assert(length <= recordTextMax, `a record of the log has at most ${recordTextMax} bytes`);
  const bytes = Buffer.allocUnsafe(recordHeadBytes + length);
  bytes.writeUInt32LE(length, lengthAt);
  bytes.writeDoubleLE(version, versionAt);
  bytes.write(hashBefore, hashAt, "hex");
  bytes.write(text, recordHeadBytes, "utf8");
  const hash = shortHash(bytes.subarray(versionAt));
  bytes.write(hash, hashAt, "hex");
  return { bytes, hash };
}

/** Writes the group and the checksum into a record that is about to be appended. */
export function sealRecord(bytes: Buffer, version: number, groupFirst: number): void {
  bytes.writeUInt32LE(version - groupFirst, groupAt);
  bytes.writeUInt32LE(crc32(bytes.subarray(lengthAt)), 0);
}

/** How many bytes the record at an offset says to have; undefined when it cannot be one. */
export function readRecordSize(bytes: Buffer, offset: number): number | undefined {
  if (offset + recordHeadBytes > bytes.length) return undefined;
  const length = bytes.readUInt32LE(offset + lengthAt);
  return length > recordTextMax ? undefined : recordHeadBytes + length;
}

/** The version that the record at an offset says to have, for a cheap look before its checksum is computed. */
export function readRecordVersion(bytes: Buffer, offset: number): number {
  return bytes.readDoubleLE(offset + versionAt);
}

/** Reads the record at an offset if it is whole and its checksum holds; its place in the chain is not checked. */
export function readRecord(bytes: Buffer, offset: number): FoundRecord | undefined {
  const sizeBytes = readRecordSize(bytes, offset);
  if (sizeBytes === undefined || offset + sizeBytes > bytes.length) return undefined;
  const end = offset + sizeBytes;
  if (crc32(bytes.subarray(offset + lengthAt, end)) !== bytes.readUInt32LE(offset)) return undefined;
  const version = readRecordVersion(bytes, offset);
  return {
    version,
    hash: bytes.toString("hex", offset + hashAt, offset + recordHeadBytes),
    text: bytes.toString("utf8", offset + recordHeadBytes, end),
    groupFirst: version - bytes.readUInt32LE(offset + groupAt),
    sizeBytes,
  };
}

/** Computes the hash that a record must have after a given one. */
export function chainedHash(bytes: Buffer, offset: number, sizeBytes: number, hashBefore: string): string {
  const part = Buffer.from(bytes.subarray(offset + versionAt, offset + sizeBytes));
  part.write(hashBefore, hashAt - versionAt, "hex");
  return shortHash(part);
}
