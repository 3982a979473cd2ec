import type { Json } from "../errors/index.ts";
import { base64OfBytes } from "./bytes-text.ts";
import { compareText } from "./order.ts";
import { checkValue } from "./value-check.ts";
import { isBytes, type Value } from "./value.ts";

/** Turns a value into the JSON in which it travels (VA6); what is no value is refused with the path to it. */
export function encodeValue(value: Value): Json {
  checkValue(value);
  return encode(value);
}

/** Writes a value as its one canonical text (VA7): equal values have equal texts, and no other values do. */
export function stringifyValue(value: Value): string {
  return stringifyJson(encodeValue(value));
}

/** Writes JSON with the fields of every object in their order, so that equal content has equal text. */
export function stringifyJson(json: Json): string {
  return isSorted(json) ? JSON.stringify(json) : writeSorted(json);
}

function encode(value: Value): Json {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $float: encodeFloat(value) };
    case "bigint":
      return { $integer: encodeInteger(value) };
    case "object":
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(encode);
      return isBytes(value) ? { $bytes: base64OfBytes(new Uint8Array(value)) } : encodeObject(value);
    default:
      return value;
  }
}

function encodeObject(object: { readonly [field: string]: Value | undefined }): Json {
  const json: { [field: string]: Json } = {};
  for (const field of Object.keys(object)) {
    const value = object[field];
    if (value !== undefined) json[field] = encode(value);
  }
  return json;
}

const word = new DataView(new ArrayBuffer(8));

function encodeFloat(value: number): string {
  // All NaN are one value and have one text; `setFloat64` may keep a NaN's own bits.
  if (Number.isNaN(value)) return "AAAAAAAA+H8=";
  word.setFloat64(0, value, true);
  return base64OfBytes(new Uint8Array(word.buffer));
}

function encodeInteger(value: bigint): string {
  word.setBigInt64(0, value, true);
  return base64OfBytes(new Uint8Array(word.buffer));
}

function isSorted(json: Json): boolean {
  if (typeof json !== "object" || json === null) return true;
  if (isArray(json)) return json.every(isSorted);
  let last = "";
  // A loop instead of `keys`: this runs over every row that is written, and makes nothing.
  for (const field in json) {
    if (compareText(field, last) < 0) return false;
    last = field;
    const child = json[field];
    if (typeof child === "object" && !isSorted(child)) return false;
  }
  return true;
}

function isArray(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

// By hand, because JavaScript puts the fields of an object in an order of its own: names like "2" and "10" come first, by number.
function writeSorted(json: Json): string {
  if (typeof json !== "object" || json === null) return JSON.stringify(json);
  if (isArray(json)) return `[${json.map(writeSorted).join(",")}]`;
  const fields = Object.keys(json).sort(compareText);
  return `{${fields.map((field) => `${JSON.stringify(field)}:${writeSorted(json[field] ?? null)}`).join(",")}}`;
}
