import { crc32 } from "../base/index.ts";

/*
 * How an entry stands in LMDB: the key's bytes, and behind the value a checksum over key and value. LMDB's pages have no
 * checksums, and a value must stand under its own key. Every entry has one, whatever it means to the engine.
 */
const checksumBytes = 4;

/** The key and the stored value. One buffer holds key, value and checksum, so that all of it is made and summed at once. */
export function encodeEntry(key: string, value: string): { keyBytes: Buffer; stored: Buffer } {
  const end = key.length + Buffer.byteLength(value, "utf8");
  const bytes = Buffer.allocUnsafe(end + checksumBytes);
  bytes.write(key, 0, "latin1");
  bytes.write(value, key.length, "utf8");
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return { keyBytes: bytes.subarray(0, key.length), stored: bytes.subarray(key.length) };
}

/** The value of an entry; undefined if it is not what was written under this key. */
export function decodeEntry(key: Buffer, bytes: Buffer): string | undefined {
  const end = bytes.length - checksumBytes;
  if (end < 0 || crc32(bytes.subarray(0, end), crc32(key)) !== bytes.readUInt32LE(end)) return undefined;
  return bytes.toString("utf8", 0, end);
}
