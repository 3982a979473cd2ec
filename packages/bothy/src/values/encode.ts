import type { Json } from "../errors/index.ts";
import { base64OfBytes } from "./bytes-text.ts";
import { checkValue } from "./value-check.ts";
import { isBytes, type Value } from "./value.ts";

/** Turns a value into the JSON in which it travels (VA6); what is no value is refused with the path to it. */
export function encodeValue(value: Value): Json {
  checkValue(value);
  return encode(value);
}

/** Writes a value as its one canonical text (VA7): equal values have equal texts, and no other values do. */
export function stringifyValue(value: Value): string {
  checkValue(value);
  return write(value, writeLeaf);
}

/** Writes JSON with the fields of every object in their order, so that equal content has equal text. */
export function stringifyJson(json: Json): string {
  return write(json, JSON.stringify);
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

/** A value or JSON. */
type Tree = Exclude<Value, object> | undefined | ArrayBuffer | readonly Tree[] | { readonly [field: string]: Tree };

function writeLeaf(value: Tree): string {
  // Leaves of a value are values.
  return JSON.stringify(encode(value as Value));
}

// Straight to text, without the JSON between: this runs for every row that is written.
function write(tree: Tree, leaf: (tree: Tree) => string): string {
  if (typeof tree !== "object" || tree === null) return leaf(tree);
  if (isArray(tree)) return `[${tree.map((item) => write(item, leaf)).join(",")}]`;
  if (isBytes(tree)) return leaf(tree);
  let text = "";
  for (const field of inOrder(Object.keys(tree))) {
    const inner = tree[field];
    if (inner !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(field)}:${write(inner, leaf)}`;
  }
  return `{${text}}`;
}

function isArray(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

// Most rows are in order already: they were read from such a text. Names of fields are ASCII, so units order as bytes do.
function inOrder(fields: string[]): string[] {
  for (let i = 1; i < fields.length; i++) if ((fields[i - 1] ?? "") > (fields[i] ?? "")) return fields.sort();
  return fields;
}
