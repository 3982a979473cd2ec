import { BothyError, isSystemTable, schemaToJson, tableOf, v } from "bothy/internal";
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

/** The schema of the app in force as JSON text, for commands that take documents from outside. */
export const readSchema = systemFunction({
  name: "_system/tables:readSchema",
  args: v.object({}),
  run: async ({ schema }) => {
    const { tables } = schemaToJson(schema);
    return JSON.stringify({ tables: tables.filter((table) => !isSystemTable(table.name)) });
  },
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
