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

/** The schema of the app in force as JSON text, for commands that take documents from outside. */
export const readSchema = systemFunction({
  name: "_system/tables:readSchema",
  args: v.object({}),
  run: async ({ schema }) => {
    const { tables } = schemaToJson(schema);
    return JSON.stringify({ tables: tables.filter((table) => !isSystemTable(table.name)) });
  },
});

/** Fails with `table_missing` for what is no table of the app. */
export function assertAppTable(schema: Schema, table: string): void {
  tableOf(schema, table);
  if (isSystemTable(table)) {
    throw new BothyError("table_missing", {
      message: `"${table}" is a table of Bothy itself and can't be filled from outside.`,
      fix: "Name one of the tables in bothy/schema.ts.",
    });
  }
}
