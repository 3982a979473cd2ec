import { hash } from "node:crypto";
import { crc32 as zlibCrc32 } from "node:zlib";

/** The CRC-32 of bytes or of text as UTF-8, continued from an earlier one. */
export function crc32(content: Uint8Array | string, before: number = 0): number {
  return zlibCrc32(content, before);
}

/** The first 16 bytes of SHA-256, as 32 hex digits. */
export function shortHash(content: Uint8Array | string): string {
  return hash("sha256", content, "hex").slice(0, 32);
}
