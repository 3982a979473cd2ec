import { BothyError } from "../errors/index.ts";
import type { IndexDefinition, Projection, TableDefinition } from "./schema.ts";

/**
 * How wide a projection of a table is: its place in the chain, narrowest first; whole documents are the widest. -1: the table
 * has no such projection.
 */
export function widthOf({ projections }: TableDefinition, projection: string | undefined): number {
  return projection === undefined ? projections.length : projections.findIndex(({ name }) => name === projection);
}

/** Gets a projection of a table; an unknown name is `range_invalid`. */
export function projectionOf(table: TableDefinition, name: string): Projection {
  const projection = table.projections[widthOf(table, name)];
  if (projection !== undefined) return projection;
  throw new BothyError("range_invalid", {
    message: `Table "${table.name}" has no projection ${JSON.stringify(name)}.`,
    fix: "Add it in bothy/schema.ts.",
  });
}

/** Tells whether a document's place in an index shows nothing but what is in a projection. */
export function isIndexInside({ paths }: IndexDefinition, { fields }: Projection): boolean {
  return paths.every(([field = ""]) => field.startsWith("_") || fields.includes(field));
}

/** The fields of a document, or of its JSON, that are in a projection. */
export function projectFields<T extends object>(document: T, { fields }: Projection): T {
  const inside = Object.entries(document).filter(([field]) => field.startsWith("_") || fields.includes(field));
  // What is left out is what a projection leaves out: the reader asked for that.
  return Object.fromEntries(inside) as T;
}
