import { bytesOfHex, hexOfBytes, sha256 } from "../values/index.ts";

/** The nonce chain before the first mutation of a device (SY18). */
export const chainStart: string = "0".repeat(32);

/** The nonce chain after one more mutation: 32 hex digits that tell two histories of a device apart (SY18). */
export function chainNext(chain: string, nonce: string): string {
  const bytes = new Uint8Array(32);
  bytes.set(bytesOfHex(chain));
  bytes.set(bytesOfHex(nonce), 16);
  return hexOfBytes(sha256(bytes).subarray(0, 16));
}
