import { BothyError } from "../errors/index.ts";
import type { Validator } from "../values/index.ts";
import type { TableLens } from "./table-lens.ts";

/** A table's documents in a declared order. */
export interface IndexDefinition {
  readonly name: string;
  /** All fields of its keys: the declared ones, then `_creationTime` and `_id`, which make every key unlike every other. */
  readonly fields: readonly string[];
  /** The fields, each as the steps to it. */
  readonly paths: readonly (readonly string[])[];
}

/** A named part of a table's documents: these fields, beside `_id` and `_creationTime`. */
export interface Projection {
  readonly name: string;
  readonly fields: readonly string[];
}

/** One table of a schema. */
export interface TableDefinition {
  readonly name: string;
  /** What the author declared: documents without `_id` and `_creationTime`. */
  readonly validator: Validator;
  /** The whole document. */
  readonly documentValidator: Validator;
  /** by_id, by_creation_time, then the declared ones in their order. */
  readonly indexes: readonly IndexDefinition[];
  /** Each contains the one before it. */
  readonly projections: readonly Projection[];
  /** How its documents are read in the terms of schemas before and after it; no part of the schema's hash. */
  readonly lens?: TableLens;
}

/** An app's tables, validators and indexes. */
export interface Schema {
  readonly tables: Readonly<Record<string, TableDefinition>>;
}

/** Gets a table of a schema; an unknown name is `table_missing`. */
export function tableOf(schema: Schema, name: string): TableDefinition {
  const table = Object.hasOwn(schema.tables, name) ? schema.tables[name] : undefined;
  if (table !== undefined) return table;
  throw new BothyError("table_missing", {
    message: `There is no table ${JSON.stringify(name)}.`,
    fix: isSystemTable(name)
      ? "Names that begin with _ belong to Bothy."
      : `Add it in bothy/schema.ts. There are: ${Object.keys(schema.tables)
          .filter((known) => !isSystemTable(known))
          .join(", ")}.`,
  });
}

/** Gets an index of a table; an unknown name is `index_missing`. */
export function indexOf(table: TableDefinition, name: string): IndexDefinition {
  const index = table.indexes.find((candidate) => candidate.name === name);
  if (index !== undefined) return index;
  throw new BothyError("index_missing", {
    message: `Table "${table.name}" has no index ${JSON.stringify(name)}.`,
    fix: `Add it in bothy/schema.ts. There are: ${table.indexes.map((one) => one.name).join(", ")}.`,
  });
}

/** The place of an index among those of its table, and of its key among a row's; -1 if there is none of this name. */
export function positionOf(table: TableDefinition, index: string): number {
  return table.indexes.findIndex(({ name }) => name === index);
}

/** Tells whether a table is one of Bothy's own, which apps neither declare nor write. */
export function isSystemTable(name: string): boolean {
  return name.startsWith("_");
}
