import { assert, encodeKey, encodeKeyElement, type IndexDefinition, type Key, type Version } from "bothy/internal";
import { shortHash } from "../base/index.ts";

/*
 * Where things stand in the store. The first letter is the kind; names end with a 0, which they cannot contain.
 *   d <table> 0 <key of by_id>                  a document
 *   i <table> 0 <index> 0 <key>                 id of the document at that key
 *   b <table> 0 <index> 0 <n> <prefix> l|p|t .. what a book recorded (book-entries.ts)
 *   r <key>                                     a record
 *   h <version>                                 running hash of the log
 *   m <name>                                    what the engine knows of itself
 */

/** Names in the store of what the engine knows of itself. */
export const metaKeys = {
  deployment: "mdeployment",
  schema: "mschema",
  books: "mbooks",
  horizon: "mhorizon",
  /** How many rows have left a prefix of a book, ever. */
  left: "mleft",
  position: "mposition",
  /** Where entries may stand that no schema in force has: of an index that was being built, or is being removed. */
  unfinished: "munfinished",
} as const;

/** Begins the keys of a table's documents. */
export function documentsPrefix(table: string): string {
  return `d${table}\0`;
}

/** The key of one document. */
export function documentKey(table: string, id: string): string {
  return `d${table}\0${encodeKeyElement(id)}`;
}

const tagByIndex = new WeakMap<IndexDefinition, string>();

/**
 * Names an index together with its fields: when the fields change, the entries of the old index and those of the new one
 * stand apart, so that the old one is whole until the new one is.
 */
export function indexTag(index: IndexDefinition): string {
  let tag = tagByIndex.get(index);
  if (tag === undefined) {
    tag = `${index.name}:${shortHash(JSON.stringify(index.fields)).slice(0, 8)}`;
    tagByIndex.set(index, tag);
  }
  return tag;
}

/** Begins the keys of an index's entries. */
export function indexPrefix(table: string, index: IndexDefinition): string {
  return `i${table}\0${indexTag(index)}\0`;
}

/** Begins the keys of all books. */
export const booksPrefix = "b";

/** Begins the keys of all books of an index. */
export function indexBooksPrefix(table: string, index: IndexDefinition): string {
  return `b${table}\0${indexTag(index)}\0`;
}

const recordKeyMax = 1_024;

/** The key of a record. */
export function recordKey(key: readonly (string | number)[]): string {
  const text = `r${encodeKey(key)}`;
  assert(text.length <= recordKeyMax, `the key of a record has at most ${recordKeyMax} bytes`);
  return text;
}

/** The key of the running hash of the log at a version. */
export function hashKey(version: Version): string {
  return `h${versionText(version)}`;
}

/** A version as seven characters that order as versions do. */
export function versionText(version: Version): Key {
  const high = Math.floor(version / 0x1_0000_0000);
  const low = version >>> 0;
  return String.fromCharCode(
    high >>> 16,
    (high >>> 8) & 0xff,
    high & 0xff,
    low >>> 24,
    (low >>> 16) & 0xff,
    (low >>> 8) & 0xff,
    low & 0xff,
  );
}

/** The first key after all that begin with a text of whole parts. */
export function afterPrefix(prefix: string): string {
  // No key of ours goes on with this character behind a whole part.
  return `${prefix}\xff`;
}
