import { definedFields } from "./equal.ts";
import { latin1OfBytes, utf8OfText } from "./text.ts";
import { checkValue } from "./value-check.ts";
import { isBytes, type Value } from "./value.ts";

/**
 * A place in an index: latin1 text (every char code is one byte) whose plain string order is the order of the values that
 * it encodes. A key is a concatenation of elements, each of which ends by itself, and no element is the beginning of another.
 */
export type Key = string;

/** First byte of an element; the order of the tags is the order of the types (VA1). Containers end with a 0. */
export const elementTags = {
  end: 0x00,
  undefined: 0x01,
  null: 0x02,
  int64: 0x03,
  float64: 0x04,
  false: 0x05,
  true: 0x06,
  string: 0x07,
  bytes: 0x08,
  array: 0x09,
  object: 0x0a,
} as const;

/** Makes the key of a list of values, one element each. */
export function encodeKey(values: readonly (Value | undefined)[]): Key {
  let key = "";
  for (const value of values) key += encodeKeyElement(value);
  return key;
}

/**
 * The first key after all that begin with a prefix of whole elements. An element begins with a tag of at most 0x0a, so
 * that what follows the prefix in such a key is always less than 0xff.
 */
export function keyAfterPrefix(prefix: Key): Key {
  return prefix + "\xff";
}

/** Makes the element of one value. */
export function encodeKeyElement(value: Value | undefined): Key {
  switch (typeof value) {
    case "string":
      return textElement(value);
    case "number":
      return numberElement(value);
    case "undefined":
      return "\x01";
    case "boolean":
      return value ? "\x06" : "\x05";
    case "bigint":
      return bigintElement(value);
    case "object":
      return value === null ? "\x02" : containerElement(value);
    default:
      checkValue(value);
      // Not reached: nothing that is left is a value.
      return value;
  }
}

function containerElement(value: ArrayBuffer | Value[] | { [field: string]: Value | undefined }): Key {
  if (Array.isArray(value)) return `\x09${encodeKey(value)}\x00`;
  if (isBytes(value)) return `\x08${escapeBytes(latin1OfBytes(new Uint8Array(value)))}\x00`;
  let key = "\x0a";
  // Names are ASCII, so units order as bytes do.
  for (const field of definedFields(value).sort()) {
    // The only name that could not be read back; documents and ranges were checked for all others.
    if (field === "__proto__") checkValue(value);
    key += textElement(field) + encodeKeyElement(value[field]);
  }
  return `${key}\x00`;
}

function textElement(text: string): Key {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x01 && code <= 0x7f) continue;
    checkValue(text);
    return `\x07${escapeBytes(utf8OfText(text))}\x00`;
  }
  return `\x07${text}\x00`;
}

// 0 ends a text, so 0 and 1 are written as 01 01 and 01 02: the order stays, and no text is the beginning of another.
function escapeBytes(bytes: string): string {
  return bytes.replaceAll("\x01", "\x01\x02").replaceAll("\x00", "\x01\x01");
}

const word = new DataView(new ArrayBuffer(8));

function numberElement(value: number): Key {
  // All NaN are one value, on top of infinity. (`setFloat64` may keep a NaN's own bits.)
  if (Number.isNaN(value)) return "\x04\xff\xf8\x00\x00\x00\x00\x00\x00";
  word.setFloat64(0, value);
  const high = word.getUint32(0);
  // Bits of positive floats order as they are, once above the negative ones; those of negative floats order backwards.
  return high >= 0x80000000
    ? "\x04" + wordText(~high, ~word.getUint32(4))
    : "\x04" + wordText(high | 0x80000000, word.getUint32(4));
}

function bigintElement(value: bigint): Key {
  checkValue(value);
  word.setBigInt64(0, value);
  return "\x03" + wordText(word.getUint32(0) ^ 0x80000000, word.getUint32(4));
}

function wordText(high: number, low: number): string {
  return String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 0xff,
    (high >>> 8) & 0xff,
    high & 0xff,
    low >>> 24,
    (low >>> 16) & 0xff,
    (low >>> 8) & 0xff,
    low & 0xff,
  );
}
