import type { Json } from "../errors/index.ts";
import { bytesOfBase64 } from "./bytes-text.ts";
import type { Value } from "./value.ts";

/**
 * Reads a value from JSON that our own code has written (VA6): what a deployment sends to its devices, and what a device has
 * stored itself. It was checked where it came in, and is not checked again; `decodeValue` reads what may be anything. What is
 * plain already is returned itself, not copied: the JSON belongs to the caller, and to nobody else.
 */
export function readValue(json: Json): Value {
  if (typeof json !== "object" || json === null) return json;
  const from = json as { readonly [field: string]: Json };
  let read = json as { [field: string]: Value };
  // One loop for arrays and objects, instead of `Object.entries`: this reads every row that arrives.
  for (const field in from) {
    const inner = from[field] ?? null;
    if (field[0] === "$" && typeof inner === "string") return readSpecial(field, inner);
    const value = readValue(inner);
    if (value === inner) continue;
    if (read === json) read = (Array.isArray(json) ? json.slice() : { ...json }) as { [field: string]: Value };
    read[field] = value;
  }
  return read;
}

function readSpecial(field: string, text: string): Value {
  const { buffer } = bytesOfBase64(text);
  if (field === "$bytes") return buffer;
  const word = new DataView(buffer);
  return field === "$integer" ? word.getBigInt64(0, true) : word.getFloat64(0, true);
}
