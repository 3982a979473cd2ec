import { BothyError } from "../errors/index.ts";

const hexDigits = "0123456789abcdef";
const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Writes bytes as lower-case hex. */
export function hexOfBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (hexDigits[byte >> 4] ?? "") + (hexDigits[byte & 15] ?? "");
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
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text +=
      digit(group >> 18) + digit(group >> 12) + (left > 1 ? digit(group >> 6) : "=") + (left > 2 ? digit(group) : "=");
  }
  return text;
}

function digit(bits: number): string {
  return base64Digits[bits & 63] ?? "";
}

let valueByCode: Uint8Array | undefined;

function base64Values(): Uint8Array {
  if (valueByCode !== undefined) return valueByCode;
  valueByCode = new Uint8Array(128).fill(255);
  for (let i = 0; i < 64; i++) valueByCode[base64Digits.charCodeAt(i)] = i;
  return valueByCode;
}

/** Reads padded base64 in its one canonical spelling; anything else is `value_invalid`. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  if (text.length % 4 !== 0) throw notEncoded("base64");
  const values = base64Values();
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    let group = 0;
    for (let k = i; k < i + 4; k++) {
      const value = k >= text.length - padding ? 0 : (values[text.charCodeAt(k)] ?? 255);
      if (value === 255) throw notEncoded("base64");
      group = (group << 6) | value;
    }
    const left = bytes.length - at;
    // Bits that padding cuts off must be zero: otherwise two texts would mean the same bytes.
    if (left < 3 && (group & (left === 1 ? 0xffff : 0xff)) !== 0) throw notEncoded("base64");
    for (let shift = 16; shift >= 0 && at < bytes.length; shift -= 8) bytes[at++] = (group >> shift) & 0xff;
  }
  return bytes;
}

function notEncoded(encoding: "hex" | "base64"): BothyError {
  return new BothyError("value_invalid", {
    message: `A text that should hold bytes is not ${encoding}.`,
    fix:
      encoding === "hex"
        ? "Write two lower-case hex digits for each byte."
        : "Use the standard alphabet with padding and no line breaks.",
  });
}
