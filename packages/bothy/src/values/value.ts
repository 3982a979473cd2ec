/** Anything that can be stored and sent. A field that is undefined is absent. */
export type Value =
  | null
  | bigint
  | number
  | boolean
  | string
  | ArrayBuffer
  | Value[]
  | { [field: string]: Value | undefined };

/** An object value in a table, with its id and the time at which its author made it (milliseconds since 1970). */
export type Document = { _id: string; _creationTime: number; [field: string]: Value | undefined };

/** Tells whether something is bytes; also those of another realm (a frame, a `vm` context). */
export function isBytes(value: unknown): value is ArrayBuffer {
  return value instanceof ArrayBuffer || Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

/** Tells whether something is an object value: no array, no bytes and no instance of a class. */
export function isPlainObject(value: unknown): value is { [field: string]: unknown } {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // Another realm has an Object.prototype of its own; what every such prototype has in common is that nothing is above it.
  return Object.getPrototypeOf(prototype) === null && !Array.isArray(value);
}

/** Names the type of anything, for messages. */
export function nameType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (isBytes(value)) return "bytes";
  if (typeof value === "bigint") return "int64 (bigint)";
  if (typeof value !== "object") return typeof value;
  if (isPlainObject(value)) return "object";
  const maker: unknown = value.constructor;
  return typeof maker === "function" && maker.name !== "" ? maker.name : "object of a class";
}
