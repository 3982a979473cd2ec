import { BothyError } from "../errors/index.ts";
import { bytesOfLatin1, latin1OfBytes } from "./text.ts";

const hexDigits = "0123456789abcdef";

/** Writes bytes as lower-case hex. */
export function hexOfBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexDigits.charAt(byte >> 4) + hexDigits.charAt(byte & 15);
  return text;
}

/** Reads lower-case hex; anything else is `value_invalid`. */
export function bytesOfHex(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw notEncoded("hex");
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Writes bytes as base64 with padding. */
export function base64OfBytes(bytes: Uint8Array): string {
  return btoa(latin1OfBytes(bytes));
}

/** Reads padded base64 in its one canonical spelling; anything else is `value_invalid`. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    const latin1 = atob(text);
    // The platform also takes text without padding, with spaces, or with bits that padding cuts off.
    if (btoa(latin1) === text) return bytesOfLatin1(latin1);
  } catch {
    // The platform's error says less than ours.
  }
  throw notEncoded("base64");
}

function notEncoded(encoding: "hex" | "base64"): BothyError {
  return new BothyError("value_invalid", {
    message: `A text that should hold bytes is not ${encoding}.`,
    fix: "Write it as docs/spec/values.md says.",
  });
}
