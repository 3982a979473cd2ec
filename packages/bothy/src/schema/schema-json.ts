import { BothyError, type Json } from "../errors/index.ts";
import { bytesOfText, hexOfBytes, isPlainObject, sha256, stringifyJson, validatorFromJson } from "../values/index.ts";
import { createSchema, type DeclaredIndex, type DeclaredTable } from "./create-schema.ts";
import type { IndexDefinition, Projection, Schema, TableDefinition } from "./schema.ts";

/** A schema as it is kept with data and passed between processes. */
export type SchemaJson = {
  readonly tables: readonly {
    readonly name: string;
    readonly validator: Json;
    readonly indexes: readonly { readonly name: string; readonly fields: readonly string[] }[];
    /** Absent: none. */
    readonly projections?: readonly { readonly name: string; readonly fields: readonly string[] }[];
  }[];
};

const hashLength = 16;

/** Writes a schema as JSON: tables by name, indexes in their order, without what every table has by itself. */
export function schemaToJson(schema: Schema): SchemaJson {
  const tables = Object.values(schema.tables).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { tables: tables.map(tableToJson) };
}

function tableToJson(table: TableDefinition): SchemaJson["tables"][number] {
  const { name, validator, projections } = table;
  const declared = { name, validator: validator.json, indexes: declaredOf(table) };
  if (projections.length === 0) return declared;
  // In any order, fields say the same.
  const sorted = projections.map((one): Projection => ({ name: one.name, fields: one.fields.toSorted() }));
  return { ...declared, projections: sorted };
}

function declaredOf(table: TableDefinition): readonly DeclaredIndex[] {
  return table.indexes.slice(2).map(({ name, fields }: IndexDefinition) => ({ name, fields: fields.slice(0, -2) }));
}

/** Reads a schema from its JSON, with all the checks of a new one. */
export function schemaFromJson(json: unknown): Schema {
  const tables = isPlainObject(json) ? json["tables"] : undefined;
  if (!Array.isArray(tables)) throw unreadable();
  return createSchema(tables.map(readTable));
}

/** Joins an app's schema with Bothy's own tables; a name or a tag in both is `schema_invalid`. */
export function joinSchemas(a: Schema, b: Schema): Schema {
  const tables = [...Object.values(a.tables), ...Object.values(b.tables)];
  return createSchema(
    tables.map((table) => [
      table.name,
      { validator: table.validator, declaredIndexes: declaredOf(table), declaredProjections: table.projections },
    ]),
  );
}

/** Names what a schema says: 16 hex digits, equal for equal schemas, however they were written down. */
export function schemaHash(schema: Schema): string {
  return hexOfBytes(sha256(bytesOfText(stringifyJson(schemaToJson(schema))))).slice(0, hashLength);
}

function readTable(json: unknown): readonly [string, DeclaredTable] {
  if (!isPlainObject(json)) throw unreadable();
  const { name, indexes, projections = [] } = json;
  if (typeof name !== "string" || !Array.isArray(indexes) || !Array.isArray(projections)) throw unreadable();
  const validator = validatorFromJson(json["validator"]);
  return [
    name,
    { validator, declaredIndexes: indexes.map(readFields), declaredProjections: projections.map(readFields) },
  ];
}

function readFields(json: unknown): DeclaredIndex {
  if (!isPlainObject(json)) throw unreadable();
  const { name, fields } = json;
  if (typeof name !== "string" || !Array.isArray(fields)) throw unreadable();
  return {
    name,
    fields: fields.map((field: unknown) => {
      if (typeof field !== "string") throw unreadable();
      return field;
    }),
  };
}

function unreadable(): BothyError {
  return new BothyError("schema_invalid", {
    message: "A stored schema cannot be read.",
    fix: "Use the same version of Bothy for building and for running.",
  });
}
