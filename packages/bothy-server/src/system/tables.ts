import { BothyError, isSystemTable, tableOf, v } from "bothy/internal";
import type { Schema } from "bothy/internal";
import { systemFunction } from "./system-function.ts";

/** Tells whether a table holds no document; what `import` and a first start ask. */
export const isEmpty = systemFunction({
  name: "_system/tables:isEmpty",
  args: v.object({ table: v.string() }),
  run: async ({ db, schema }, { table }) => {
    assertAppTable(schema, table);
    return (await db.query(table).first()) === null;
  },
});

/** Inserts documents without `_id` and `_creationTime` in one transaction; returns their ids in order. */
export const insertDocuments = systemFunction({
  name: "_system/tables:insertDocuments",
  args: v.object({ table: v.string(), documents: v.array(v.record(v.string(), v.any())) }),
  run: async ({ db, schema }, { table, documents }) => {
    assertAppTable(schema, table);
    const ids: string[] = [];
    for (const document of documents) ids.push(await db.insert(table, document));
    return ids;
  },
});

/** The tables of the app with their fields, for commands that take documents from outside. */
export const listTables = systemFunction({
  name: "_system/tables:listTables",
  args: v.object({}),
  run: async ({ schema }) =>
    Object.values(schema.tables)
      .filter((table) => !isSystemTable(table.name))
      .map((table) => ({ name: table.name, validator: JSON.stringify(table.validator.json) })),
});

function assertAppTable(schema: Schema, table: string): void {
  tableOf(schema, table);
  if (isSystemTable(table)) {
    throw new BothyError("table_missing", {
      message: `"${table}" is a table of Bothy itself and can't be filled from outside.`,
      fix: "Name one of the tables in bothy/schema.ts.",
    });
  }
}
