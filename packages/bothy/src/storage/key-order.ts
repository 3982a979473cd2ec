import type { StoredKey } from "./client-storage.ts";

/** Orders keys as IndexedDB does: element by element, numbers before strings, a prefix first. */
export function compareStoredKeys(a: StoredKey, b: StoredKey): number {
  for (const [place, left] of a.entries()) {
    const right = b[place];
    if (right === undefined) return 1;
    if (left === right) continue;
    if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
