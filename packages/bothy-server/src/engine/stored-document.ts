import { assert, decodeKey, type Key } from "bothy/internal";
import type { StoredDocument } from "./engine.ts";

/** Writes a document as the store keeps it: the version, a space, the text. */
export function encodeStored(version: number, text: string): string {
  return `${version} ${text}`;
}

/** Reads a document as the store keeps it. */
export function decodeStored(id: string, stored: string): StoredDocument {
  const space = stored.indexOf(" ");
  assert(space > 0, "a stored document begins with its version");
  return { id, version: Number(stored.slice(0, space)), text: stored.slice(space + 1) };
}

/** The version of a stored document, without its text. */
export function storedVersion(stored: string): number {
  return Number(stored.slice(0, stored.indexOf(" ")));
}

/** The id that a key of by_id is made of. */
export function idOfKey(key: Key): string {
  const [id] = decodeKey(key);
  assert(typeof id === "string", "the key of a document is its id");
  return id;
}
