import { BothyError } from "../errors/index.ts";
import { bytesOfBase64 } from "./bytes-text.ts";
import { fieldNameRefused, findFieldNameProblem } from "./field-name.ts";
import * as limits from "./limit-figures.ts";
import { type PathStep, writePath } from "./path.ts";
import { isWellFormed } from "./text.ts";
import type { Value } from "./value.ts";

/**
 * Reads a value from the JSON in which it travelled; anything that `encodeValue` would not have made is `value_invalid`,
 * with the path to it. What is plain already is returned itself, not copied: the JSON belongs to the caller, and to nobody else.
 */
export function decodeValue(json: unknown): Value {
  return decodeAt(json, []);
}

/** Reads a value from its text. */
export function parseValue(text: string): Value {
  return decodeValue(parseJson(text));
}

/** Reads JSON text of unknown origin; what is no JSON is `value_invalid`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BothyError("value_invalid", { message: "The text is not JSON.", fix: "Send one JSON value.", cause });
  }
}

function decodeAt(json: unknown, path: PathStep[]): Value {
  switch (typeof json) {
    case "string":
      if (!isWellFormed(json)) throw refused(path, "is a string with a lone surrogate");
      return json;
    case "number":
      if (!Number.isFinite(json)) throw refused(path, "is a number that JSON cannot write");
      return json;
    case "boolean":
      return json;
    case "object":
      if (json === null) return null;
      if (path.length >= limits.wireNestingMax)
        throw refused(path, `is nested deeper than ${limits.wireNestingMax} levels`);
      return Array.isArray(json) ? decodeArray(json, path) : decodeObject(json as { [field: string]: unknown }, path);
    default:
      throw refused(path, `is ${typeof json}, which JSON cannot write`);
  }
}

function decodeArray(json: readonly unknown[], path: PathStep[]): Value[] {
  if (json.length > limits.arrayLengthMax) throw refused(path, `has more than ${limits.arrayLengthMax} items`);
  let items = json as Value[];
  for (let i = 0; i < json.length; i++) {
    path.push(i);
    const item = decodeAt(json[i], path);
    path.pop();
    if (item === json[i]) continue;
    if (items === json) items = json.slice() as Value[];
    items[i] = item;
  }
  return items;
}

function decodeObject(json: { readonly [field: string]: unknown }, path: PathStep[]): Value {
  let object = json as { [field: string]: Value };
  let count = 0;
  // A loop instead of `Object.entries`: this reads every row that arrives.
  for (const field in json) {
    if (field.startsWith("$")) return decodeSpecial(json, path);
    if (++count > limits.fieldsMax) throw refused(path, `has more than ${limits.fieldsMax} fields`);
    if (findFieldNameProblem(field) !== undefined) throw fieldNameRefused(field, writePath(path));
    path.push(field);
    const child = decodeAt(json[field], path);
    path.pop();
    if (child === json[field]) continue;
    if (object === json) object = { ...json } as { [field: string]: Value };
    object[field] = child;
  }
  return object;
}

function decodeSpecial(json: { readonly [field: string]: unknown }, path: readonly PathStep[]): Value {
  const fields = Object.keys(json);
  const field = fields.find((name) => name.startsWith("$")) ?? "";
  const text = json[field];
  if (fields.length !== 1 || typeof text !== "string")
    throw refused(path, `has a field ${JSON.stringify(field.slice(0, 80))}, which no value has`);
  switch (field) {
    case "$integer":
      return wordAt(text, path).getBigInt64(0, true);
    case "$float": {
      const float = wordAt(text, path).getFloat64(0, true);
      // One value, one text: a float that JSON can write must have been written so.
      if (Number.isFinite(float) && !Object.is(float, -0)) throw refused(path, "is a plain number written as $float");
      return float;
    }
    case "$bytes":
      return bytesOfBase64(text).buffer;
    default:
      throw refused(path, `has a field ${JSON.stringify(field.slice(0, 80))}, which no value has`);
  }
}

function wordAt(text: string, path: readonly PathStep[]): DataView {
  const bytes = bytesOfBase64(text);
  if (bytes.length !== 8) throw refused(path, `is a number of ${bytes.length} bytes instead of 8`);
  return new DataView(bytes.buffer);
}

function refused(path: readonly PathStep[], what: string): BothyError {
  return new BothyError("value_invalid", {
    message: `${writePath(path)} ${what}.`,
    fix: "Encode values as docs/spec/values.md says (VA6).",
  });
}
