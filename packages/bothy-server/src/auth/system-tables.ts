import { defineSystemSchema, defineTable, joinSchemas, v } from "bothy/internal";
import type { Schema } from "bothy/internal";

/** The table of users; the subject of an identity is the id of its document. */
export const usersTable = "_users";

const systemSchema = defineSystemSchema({ [usersTable]: defineTable({ kind: v.literal("anonymous") }) });

/** An app's schema together with the tables of Bothy itself: what an engine is opened with. */
export function withSystemTables(schema: Schema): Schema {
  return joinSchemas(schema, systemSchema);
}
