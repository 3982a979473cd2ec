import { unreachable } from "../errors/index.ts";
import { definedFields } from "./equal.ts";
import { isBytes, type Value } from "./value.ts";

/**
 * The one order of values (VA1): undefined, null, int64, float64, booleans, strings, bytes, arrays, objects. Negative if
 * `a` comes first, positive if `b` does, 0 if they are the same value.
 */
export function compareValues(a: Value | undefined, b: Value | undefined): number {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "number" && typeof b === "number") return compareNumbers(a, b);
  const rankOfA = rankOf(a);
  const difference = rankOfA - rankOf(b);
  return difference !== 0 ? difference : compareSameType(a, b);
}

/** Orders well-formed text by its UTF-8 bytes, which is by code points. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const codeOfA = a.charCodeAt(i);
    const codeOfB = b.charCodeAt(i);
    if (codeOfA !== codeOfB) return liftSurrogate(codeOfA) - liftSurrogate(codeOfB);
  }
  return a.length - b.length;
}

// A surrogate stands for a code point above U+FFFF, yet its unit is below U+E000.
function liftSurrogate(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

function rankOf(value: Value | undefined): number {
  switch (typeof value) {
    case "undefined":
      return 0;
    case "bigint":
      return 2;
    case "number":
      return 3;
    case "boolean":
      return 4;
    case "string":
      return 5;
    default:
      if (value === null) return 1;
      if (Array.isArray(value)) return 7;
      return isBytes(value) ? 6 : 8;
  }
}

function compareSameType(a: Value | undefined, b: Value | undefined): number {
  // A document that has not changed is mostly the very same one: results of thousands of rows are compared row by row.
  if (a === b || a === undefined || a === null || b === undefined || b === null) return 0;
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b, (i) => compareValues(a[i], b[i]));
  if (isBytes(a) && isBytes(b)) {
    const [bytesOfA, bytesOfB] = [new Uint8Array(a), new Uint8Array(b)];
    return compareLists(bytesOfA, bytesOfB, (i) => (bytesOfA[i] ?? 0) - (bytesOfB[i] ?? 0));
  }
  if (isObject(a) && isObject(b)) return compareObjects(a, b);
  return unreachable([a, b] as never);
}

function isObject(value: Value): value is { [field: string]: Value | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isBytes(value);
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a === 0 ? Number(Object.is(b, -0)) - Number(Object.is(a, -0)) : 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Compares item by item; of two lists of which one begins the other, the shorter comes first. */
function compareLists<Item>(a: ArrayLike<Item>, b: ArrayLike<Item>, compareAt: (i: number) => number): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareAt(i);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

type ObjectValue = { readonly [field: string]: Value | undefined };

function compareObjects(a: ObjectValue, b: ObjectValue): number {
  const fieldsOfA = definedFields(a).sort(compareText);
  const fieldsOfB = definedFields(b).sort(compareText);
  return compareLists(fieldsOfA, fieldsOfB, (i) => {
    const fieldOfA = fieldsOfA[i] ?? "";
    const fieldOfB = fieldsOfB[i] ?? "";
    return compareText(fieldOfA, fieldOfB) || compareValues(a[fieldOfA], b[fieldOfB]);
  });
}
