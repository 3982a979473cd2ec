import { latin1OfBytes } from "./text.ts";
import { isBytes, type Value } from "./value.ts";

/** Tells whether two values are the same: -0 is not +0, and NaN is NaN. */
export function equalValues(a: Value | undefined, b: Value | undefined): boolean {
  // A document that has not changed is mostly the very same one: results of thousands of rows are compared row by row.
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (a === b) return true;
  if (isBytes(a) || isBytes(b)) return isBytes(a) && isBytes(b) && bytesAsText(a) === bytesAsText(b);
  return Array.isArray(a) === Array.isArray(b) && equalObjects(a as ObjectValue, b as ObjectValue);
}

type ObjectValue = { readonly [field: string]: Value | undefined };

function bytesAsText(bytes: ArrayBuffer): string {
  return latin1OfBytes(new Uint8Array(bytes));
}

/** Field by field; one that is undefined is none. */
function equalObjects(a: ObjectValue, b: ObjectValue): boolean {
  const fields = definedFields(a);
  return fields.length === definedFields(b).length && fields.every((field) => equalValues(a[field], b[field]));
}

/** The fields that an object has. */
export function definedFields(object: ObjectValue): string[] {
  return Object.keys(object).filter((field) => object[field] !== undefined);
}
