import { isBytes, type Value } from "./value.ts";

/** Freezes a value with all that is inside it, so that it can be shared; bytes cannot be frozen and stay as they are. */
export function freezeDeep<V extends Value | undefined>(value: V): V {
  if (typeof value !== "object" || value === null || isBytes(value)) return value;
  Object.freeze(value);
  for (const child of Object.values<Value | undefined>(value)) freezeDeep(child);
  return value;
}

/** Copies a value with all that is inside it, so that the copy can be changed. */
export function cloneValue<V extends Value | undefined>(value: V): V {
  return clone(value) as V;
}

function clone(value: Value | undefined): Value | undefined {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => cloneValue(item));
  if (isBytes(value)) return value.slice(0);
  return Object.fromEntries(Object.entries(value).map(([field, child]) => [field, clone(child)]));
}
