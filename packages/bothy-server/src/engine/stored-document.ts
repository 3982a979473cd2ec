import { assert, decodeKey, type Key, type Projection, type TableDefinition, type Version } from "bothy/internal";
import { shortHash } from "../base/index.ts";
import type { StoredDocument } from "./engine.ts";

/*
 * A document as the store keeps it: the version that wrote it, a stamp for each projection that did not show that write, a
 * space, the text. A stamp is the version at which what the projection shows last changed: `,<tag>:<version>`.
 */

/** Writes a document as the store keeps it. */
export function encodeStored(version: Version, stamps: string, text: string): string {
  return `${version}${stamps} ${text}`;
}

/** Reads a document as the store keeps it; its version is the stamp of the projection, if one is asked for. */
export function decodeStored(id: string, stored: string, projection?: Projection): StoredDocument {
  const space = stored.indexOf(" ");
  assert(space > 0, "a stored document begins with its version");
  return { id, version: storedStamp(stored, projection), text: stored.slice(space + 1) };
}

/** What stands before the text of a stored document: enough for `storedStamp`. */
export function headOfStored(stored: string): string {
  return stored.slice(0, stored.indexOf(" ") + 1);
}

/** The version at which a stored document was last written, or at which what a projection shows of it last changed. */
export function storedStamp(stored: string, projection?: Projection): Version {
  const head = stored.slice(0, stored.indexOf(" "));
  const [version, ...stamps] = head.split(",");
  const tag = projection && `${projectionTag(projection)}:`;
  const stamp = tag && stamps.find((one) => one.startsWith(tag));
  // A projection that is newer than the last write: all that is known is that nothing has changed since.
  return Number(stamp === undefined || tag === undefined ? version : stamp.slice(tag.length));
}

/** The stamps of a document after a write that projections of less than a width do not show. */
export function stampsAfter({ projections }: TableDefinition, stored: string | undefined, width: number): string {
  let stamps = "";
  if (stored !== undefined)
    for (const one of projections.slice(0, width)) stamps += `,${projectionTag(one)}:${storedStamp(stored, one)}`;
  return stamps;
}

const tagByProjection = new WeakMap<Projection, string>();

/** Names a projection together with its fields: one that is declared with other fields is another one. */
export function projectionTag(projection: Projection): string {
  let tag = tagByProjection.get(projection);
  if (tag === undefined) {
    const { name, fields } = projection;
    tag = shortHash(JSON.stringify([name, fields.toSorted()])).slice(0, 8);
    tagByProjection.set(projection, tag);
  }
  return tag;
}

/** The id that a key of by_id is made of. */
export function idOfKey(key: Key): string {
  const [id] = decodeKey(key);
  assert(typeof id === "string", "the key of a document is its id");
  return id;
}
