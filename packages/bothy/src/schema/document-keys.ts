import { BothyError } from "../errors/index.ts";
import {
  encodeKeyElement,
  indexKeySizeBytes,
  isPlainObject,
  keyAfterPrefix,
  type Document,
  type Key,
  type Value,
} from "../values/index.ts";
import { isIndexInside } from "./projection.ts";
import type { IndexDefinition, Projection, TableDefinition } from "./schema.ts";

// Indexes before the declared ones, and fields after the declared ones.
const systemIndexes = 2;
const tieBreakFields = 2;

/**
 * Makes the keys at which a document stands, one for each index of its table, in their order (SC6). Of a document of which
 * only a projection is known, nobody knows where it stands in the other indexes: there it has a key behind all ranges.
 */
export function documentKeys(table: TableDefinition, document: Document, projection?: Projection): Key[] {
  const idKey = encodeKeyElement(document._id);
  // Every index ends with these two fields, so they are encoded once.
  const tail = encodeKeyElement(document._creationTime) + idKey;
  const keys = [idKey, tail];
  for (let i = systemIndexes; i < table.indexes.length; i++) {
    const index = table.indexes[i];
    if (index === undefined) continue;
    const isOutside = projection !== undefined && !isIndexInside(index, projection);
    keys.push(isOutside ? keyAfterPrefix("") + idKey : keyIn(table, index, { document, tail }));
  }
  return keys;
}

function keyIn(
  table: TableDefinition,
  index: IndexDefinition,
  { document, tail }: { document: Document; tail: Key },
): Key {
  let key = "";
  for (let i = 0; i < index.paths.length - tieBreakFields; i++)
    key += encodeKeyElement(fieldAt(document, index.paths[i] ?? []));
  key += tail;
  if (key.length <= indexKeySizeBytes) return key;
  throw new BothyError("index_key_too_large", {
    message: `Document ${document._id} has a key of ${key.length} bytes in index "${index.name}" of table "${table.name}"; ${indexKeySizeBytes} are possible.`,
    fix: "Index a shorter field.",
  });
}

/** The value at a path of a document, undefined where there is none; what objects inherit is not there. */
export function fieldAt(
  document: { readonly [field: string]: Value | undefined },
  path: readonly string[],
): Value | undefined {
  let value: Value | undefined = document;
  for (const step of path) {
    if (!isPlainObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}
