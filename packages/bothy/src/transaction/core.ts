import type { Row } from "../ranges/index.ts";
import {
  isSystemTable,
  projectFields,
  tableOf,
  type Projection,
  type Schema,
  type TableDefinition,
} from "../schema/index.ts";
import { freezeDeep, type Document } from "../values/index.ts";
import type { ReadSet } from "./read-set.ts";
import type { RowSource } from "./row-source.ts";
import type { Lack } from "./lack.ts";
import type { Spending } from "./transaction-limits.ts";
import type { Turns } from "./turns.ts";
import type { WriteSet } from "./write-set.ts";

/** What the parts of one transaction share. */
export interface Core {
  readonly schema: Schema;
  readonly allowSystemTables: boolean;
  readonly source: RowSource;
  readonly reads: ReadSet;
  readonly writes: WriteSet;
  readonly spending: Spending;
  readonly turns: Turns<Lack>;
}

/** Gets a table that the function may name. */
export function openTable(core: Core, name: string): TableDefinition {
  // For an app's functions there are no tables of Bothy's.
  return tableOf(core.allowSystemTables || !isSystemTable(name) ? core.schema : { tables: {} }, name);
}

/** A row's document, or what a projection shows of it, as a function is given it: frozen with all that is in it. */
export function documentOf(row: Row, projection?: Projection): Document {
  const isWider = projection && row.projection !== projection.name;
  const document = isWider ? projectFields(row.document, projection) : row.document;
  // Whoever froze it froze what is in it, too.
  return Object.isFrozen(document) ? document : freezeDeep(document);
}
