import { assert } from "../errors/index.ts";
import { elementTags, type Key } from "./key.ts";
import { bytesOfLatin1, textOfUtf8 } from "./text.ts";
import type { Value } from "./value.ts";

/** Finds the end of the element that starts at an offset of a key. */
export function elementEnd(key: Key, offset: number): number {
  switch (key.charCodeAt(offset)) {
    case elementTags.undefined:
    case elementTags.null:
    case elementTags.false:
    case elementTags.true:
      return offset + 1;
    case elementTags.int64:
    case elementTags.float64:
      assert(offset + 9 <= key.length, "a number in a key has eight bytes");
      return offset + 9;
    case elementTags.string:
    case elementTags.bytes:
      return endOfBytes(key, offset + 1) + 1;
    case elementTags.array:
    case elementTags.object: {
      let end = offset + 1;
      while (key.charCodeAt(end) !== elementTags.end) end = elementEnd(key, end);
      return end + 1;
    }
    default:
      return brokenKey(key, offset);
  }
}

/** Splits a key into its elements, each of which is a key. */
export function splitKey(key: Key): Key[] {
  const elements: Key[] = [];
  for (let offset = 0; offset < key.length;) {
    const end = elementEnd(key, offset);
    elements.push(key.slice(offset, end));
    offset = end;
  }
  return elements;
}

/** Reads the values back from a key that `encodeKey` made. */
export function decodeKey(key: Key): (Value | undefined)[] {
  const values: (Value | undefined)[] = [];
  const reader = { key, offset: 0 };
  while (reader.offset < key.length) values.push(readElement(reader));
  return values;
}

interface KeyReader {
  readonly key: Key;
  offset: number;
}

function readElement(reader: KeyReader): Value | undefined {
  const tag = reader.key.charCodeAt(reader.offset++);
  switch (tag) {
    case elementTags.undefined:
      return undefined;
    case elementTags.null:
      return null;
    case elementTags.false:
      return false;
    case elementTags.true:
      return true;
    case elementTags.int64:
      return readWord(reader).getBigInt64(0) ^ -0x8000000000000000n;
    case elementTags.float64:
      return readFloat(reader);
    case elementTags.string:
      return readText(reader);
    case elementTags.bytes:
      return bytesOfLatin1(readBytes(reader)).buffer;
    case elementTags.array:
      return readArray(reader);
    case elementTags.object:
      return readObject(reader);
    default:
      return brokenKey(reader.key, reader.offset - 1);
  }
}

const word = new DataView(new ArrayBuffer(8));

function readWord(reader: KeyReader): DataView {
  assert(reader.offset + 8 <= reader.key.length, "a number in a key has eight bytes");
  for (let i = 0; i < 8; i++) word.setUint8(i, reader.key.charCodeAt(reader.offset + i));
  reader.offset += 8;
  return word;
}

function readFloat(reader: KeyReader): number {
  const bits = readWord(reader);
  const high = bits.getUint32(0);
  if (high >= 0x80000000) bits.setUint32(0, high & 0x7fffffff);
  else {
    bits.setUint32(0, ~high);
    bits.setUint32(4, ~bits.getUint32(4));
  }
  return bits.getFloat64(0);
}

function readBytes(reader: KeyReader): string {
  const start = reader.offset;
  const end = endOfBytes(reader.key, start);
  reader.offset = end + 1;
  const bytes = reader.key.slice(start, end);
  // In the reverse order of escaping; from the left, every 01 that is met begins a pair.
  return bytes.replaceAll("\x01\x01", "\x00").replaceAll("\x01\x02", "\x01");
}

function readText(reader: KeyReader): string {
  const bytes = readBytes(reader);
  for (let i = 0; i < bytes.length; i++) if (bytes.charCodeAt(i) > 0x7f) return textOfUtf8(bytes);
  return bytes;
}

function readArray(reader: KeyReader): Value[] {
  const items: Value[] = [];
  while (reader.key.charCodeAt(reader.offset) !== elementTags.end) {
    const item = readElement(reader);
    assert(item !== undefined, "an array in a key has no gaps");
    items.push(item);
  }
  reader.offset++;
  return items;
}

function readObject(reader: KeyReader): { [field: string]: Value | undefined } {
  const object: { [field: string]: Value | undefined } = {};
  while (reader.key.charCodeAt(reader.offset) !== elementTags.end) {
    const field = readElement(reader);
    assert(typeof field === "string" && field !== "__proto__", "an object in a key has field names");
    object[field] = readElement(reader);
  }
  reader.offset++;
  return object;
}

function endOfBytes(key: Key, start: number): number {
  const end = key.indexOf("\x00", start);
  assert(end >= 0, "text in a key has an end");
  return end;
}

function brokenKey(key: Key, offset: number): never {
  assert(false, `no element of a key begins with ${key.charCodeAt(offset)}`);
}
