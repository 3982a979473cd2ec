import { schemaToJson, type IndexDefinition, type Schema } from "bothy/internal";
import type { Book } from "./book-entries.ts";
import { indexBooksPrefix, indexPrefix, indexTag } from "./keys.ts";
import { projectionTag } from "./stored-document.ts";

/** Told what takes time, in words for the one who waits. */
export type OnProgress = (text: string) => void;

/** What has to be done so that another schema can be in force. Nothing of it is done yet. */
export interface SchemaChange {
  readonly next: Schema;
  /** Tables of which documents must be looked at: what they may hold has changed, or they get an index. */
  readonly checked: readonly string[];
  readonly built: readonly PlacedIndex[];
  readonly dropped: readonly PlacedIndex[];
  /** Projections that are no more, or that have other fields now. */
  readonly droppedProjections: readonly { readonly table: string; readonly name: string }[];
}

/** An index with its table. */
export interface PlacedIndex {
  readonly table: string;
  readonly index: IndexDefinition;
}

/** Compares the schema in force with the wanted one. */
export function planSchemaChange(current: Schema | undefined, next: Schema): SchemaChange {
  const before = placedIndexes(current);
  const after = placedIndexes(next);
  const built = [...after].filter(([tag]) => !before.has(tag)).map(([, placed]) => placed);
  const narrowed = Object.values(next.tables).filter(
    (table) => JSON.stringify(current?.tables[table.name]?.validator.json) !== JSON.stringify(table.validator.json),
  );
  return {
    next,
    checked: [...new Set([...narrowed.map(({ name }) => name), ...built.map(({ table }) => table)])],
    built,
    dropped: [...before].filter(([tag]) => !after.has(tag)).map(([, placed]) => placed),
    droppedProjections: Object.values(current?.tables ?? {}).flatMap(({ name: table, projections }) =>
      projections
        .filter((old) => !next.tables[table]?.projections.some((one) => projectionTag(one) === projectionTag(old)))
        .map(({ name }) => ({ table, name })),
    ),
  };
}

/** Tells whether nothing is to be done. The order of indexes counts: it is that of the keys in every write. */
export function isSameSchema(one: Schema, other: Schema): boolean {
  return JSON.stringify(schemaToJson(one)) === JSON.stringify(schemaToJson(other));
}

/** Every index but by_id, which the documents themselves are. */
function placedIndexes(schema: Schema | undefined): Map<string, PlacedIndex> {
  const placed = new Map<string, PlacedIndex>();
  for (const table of Object.values(schema?.tables ?? {})) {
    for (const index of table.indexes.slice(1))
      placed.set(`${table.name}/${indexTag(index)}`, { table: table.name, index });
  }
  return placed;
}

/**
 * The books that stay: those of dropped indexes and projections go with them, and those by id, which is never dropped, with
 * their table.
 */
export function booksAfter(change: SchemaChange, books: readonly Book[]): Book[] {
  return books.filter(
    (book) =>
      Object.hasOwn(change.next.tables, book.table) &&
      !change.dropped.some(({ table, index }) => table === book.table && index.name === book.index) &&
      !change.droppedProjections.some(({ table, name }) => table === book.table && name === book.projection),
  );
}

/** Where the entries of indexes stand in the store, and those of their books. */
export function prefixesOf(indexes: readonly PlacedIndex[]): string[] {
  return indexes.flatMap(({ table, index }) => [indexPrefix(table, index), indexBooksPrefix(table, index)]);
}

/** The prefixes of all indexes of a schema. */
export function prefixesInForce(schema: Schema): ReadonlySet<string> {
  return new Set(prefixesOf([...placedIndexes(schema).values()]));
}
