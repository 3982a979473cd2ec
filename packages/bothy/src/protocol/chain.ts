import { sha256 } from "../values/index.ts";

/** The nonce chain before the first mutation of a device (SY18). */
export const chainStart: string = "0".repeat(32);

/** The nonce chain after one more mutation: 32 hex digits that tell two histories of a device apart (SY18). */
export function chainNext(chain: string, nonce: string): string {
  const bytes = new Uint8Array(32);
  writeHex(bytes, 0, chain);
  writeHex(bytes, 16, nonce);
  let next = "";
  for (const byte of sha256(bytes).subarray(0, 16)) next += byte.toString(16).padStart(2, "0");
  return next;
}

function writeHex(bytes: Uint8Array, offset: number, hex: string): void {
  for (let i = 0; i < 16; i++) bytes[offset + i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
}
