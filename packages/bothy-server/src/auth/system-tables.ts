import { defineSystemSchema, defineTable, joinSchemas, v } from "bothy/internal";
import type { Schema } from "bothy/internal";

/** The table of users; the subject of an identity is the id of its document. */
export const usersTable = "_users";
/** The devices that were in contact, with what their apps are and what they have queued. */
export const devicesTable = "_devices";
/** The schemas of the app that have been in force. */
export const schemasTable = "_schemas";
/** The arguments of mutations that devices may have queued. */
export const functionsTable = "_functions";

const systemSchema = defineSystemSchema({
  [usersTable]: defineTable({ kind: v.literal("anonymous") }),
  [devicesTable]: defineTable({
    schema: v.string(),
    queued: v.number(),
    calls: v.array(v.object({ name: v.string(), version: v.string(), count: v.number() })),
    seenMs: v.number(),
  }),
  [schemasTable]: defineTable({
    hash: v.string(),
    /** JSON texts: validators and lenses may be nested deeper than a document. */
    schema: v.string(),
    lenses: v.string(),
    parent: v.union(v.string(), v.null()),
    sinceMs: v.number(),
    replacedMs: v.union(v.number(), v.null()),
  }),
  [functionsTable]: defineTable({ name: v.string(), version: v.string(), args: v.string() }),
});

/** An app's schema together with the tables of Bothy itself: what an engine is opened with. */
export function withSystemTables(schema: Schema): Schema {
  return joinSchemas(schema, systemSchema);
}
