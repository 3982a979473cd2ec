import {
  isValidatorLike,
  v,
  type Expand,
  type ObjectValidator,
  type Validator,
  type ValidatorFields,
} from "../values/index.ts";
import { createSchema, invalid, type DeclaredIndex, type DeclaredTable } from "./create-schema.ts";
import { isSystemTable, type Schema } from "./schema.ts";

/** A table that is being declared; each `.index` gives one more. */
export interface TableBuilder<
  V extends Validator = Validator,
  Indexes extends Readonly<Record<string, readonly string[]>> = Readonly<Record<string, readonly string[]>>,
> extends DeclaredTable {
  readonly validator: V;
  /** Declares an order in which the table can be read: by these fields, then by creation time. */
  index<Name extends string, const Fields extends readonly [V["~paths"], ...V["~paths"][]]>(
    name: Name,
    fields: Fields,
  ): TableBuilder<V, Expand<Indexes & Readonly<Record<Name, readonly [...Fields, "_creationTime"]>>>>;
  /** Exists for the compiler only. */
  readonly "~indexes": Indexes;
}

/** A table without indexes of its own. */
export type NewTable<V extends Validator> = TableBuilder<V, Readonly<Record<never, readonly string[]>>>;

/** Declares a table by the fields of its documents, or by a validator of them. */
export function defineTable<Fields extends ValidatorFields>(fields: Fields): NewTable<ObjectValidator<Fields>>;
export function defineTable<V extends Validator<unknown, false>>(validator: V): NewTable<V>;
export function defineTable(declared: ValidatorFields | Validator): NewTable<Validator> {
  return buildTable(isValidatorLike(declared) ? declared : v.object(declared), []);
}

function buildTable<Table extends TableBuilder>(
  validator: Validator,
  declaredIndexes: readonly DeclaredIndex[],
): Table {
  const table = {
    validator,
    declaredIndexes,
    index: (name: string, fields: readonly string[]) =>
      buildTable(validator, [...declaredIndexes, { name, fields: [...fields] }]),
  };
  // `~indexes` exists for the compiler only.
  return table as unknown as Table;
}

/** A schema together with what the compiler knows of it. */
export interface SchemaDefinition<
  Tables extends Readonly<Record<string, DeclaredTable>> = Readonly<Record<string, DeclaredTable>>,
> extends Schema {
  /** Exists for the compiler only. */
  readonly "~tables": Tables;
}

/** Declares an app's tables; what cannot be is refused as `schema_invalid` (SC1 to SC5). */
export function defineSchema<Tables extends Readonly<Record<string, DeclaredTable>>>(
  tables: Tables,
): SchemaDefinition<Tables> {
  for (const name of Object.keys(tables)) {
    if (isSystemTable(name))
      throw invalid(
        `The table "${name}" cannot be declared, because names that begin with _ belong to Bothy`,
        "Rename it.",
      );
  }
  return createSchema(Object.entries(tables)) as SchemaDefinition<Tables>;
}

/** Declares tables of Bothy's own; their names begin with _. */
export function defineSystemSchema<Tables extends Readonly<Record<string, DeclaredTable>>>(
  tables: Tables,
): SchemaDefinition<Tables> {
  for (const name of Object.keys(tables)) {
    if (!isSystemTable(name))
      throw invalid(`The system table "${name}" has the name of an app's table`, "Begin it with _.");
  }
  return createSchema(Object.entries(tables)) as SchemaDefinition<Tables>;
}
