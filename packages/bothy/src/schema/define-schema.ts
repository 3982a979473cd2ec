import {
  isValidatorLike,
  v,
  type Expand,
  type ObjectValidator,
  type Validator,
  type ValidatorFields,
} from "../values/index.ts";
import { createSchema, invalid, type DeclaredIndex, type DeclaredTable } from "./create-schema.ts";
import { isSystemTable, type Projection, type Schema } from "./schema.ts";

/** A table that is being declared; each `.index` and each `.projection` gives one more. */
export interface TableBuilder<
  V extends Validator = Validator,
  Indexes extends Readonly<Record<string, readonly string[]>> = Readonly<Record<string, readonly string[]>>,
  Projections extends Readonly<Record<string, string>> = Readonly<Record<string, string>>,
> extends DeclaredTable {
  readonly validator: V;
  /** Declares an order in which the table can be read: by these fields, then by creation time. */
  index<Name extends string, const Fields extends readonly [V["~paths"], ...V["~paths"][]]>(
    name: Name,
    fields: Fields,
  ): TableBuilder<V, Expand<Indexes & Readonly<Record<Name, readonly [...Fields, "_creationTime"]>>>, Projections>;
  /** Names a part of the documents that a scope may grant and a device hold instead of all of them: these fields. */
  projection<Name extends string, const Fields extends readonly [TopField<V>, ...TopField<V>[]]>(
    name: Name,
    fields: Fields,
  ): TableBuilder<V, Indexes, Expand<Projections & Readonly<Record<Name, Fields[number]>>>>;
  /** Exists for the compiler only. */
  readonly "~indexes": Indexes;
  /** Exists for the compiler only: the fields of each projection. */
  readonly "~projections": Projections;
}

type TopField<V extends Validator> = Exclude<V["~paths"], `${string}.${string}`>;

/** A table without indexes of its own. */
export type NewTable<V extends Validator> = TableBuilder<
  V,
  Readonly<Record<never, readonly string[]>>,
  Readonly<Record<never, string>>
>;

/** Declares a table by the fields of its documents, or by a validator of them. */
export function defineTable<Fields extends ValidatorFields>(fields: Fields): NewTable<ObjectValidator<Fields>>;
export function defineTable<V extends Validator<unknown, false>>(validator: V): NewTable<V>;
export function defineTable(declared: ValidatorFields | Validator): NewTable<Validator> {
  return buildTable(isValidatorLike(declared) ? declared : v.object(declared), [], []);
}

function buildTable<Table extends TableBuilder>(
  validator: Validator,
  declaredIndexes: readonly DeclaredIndex[],
  declaredProjections: readonly Projection[],
): Table {
  const table = {
    validator,
    declaredIndexes,
    declaredProjections,
    index: (name: string, fields: readonly string[]) =>
      buildTable(validator, [...declaredIndexes, { name, fields: [...fields] }], declaredProjections),
    projection: (name: string, fields: readonly string[]) =>
      buildTable(validator, declaredIndexes, [...declaredProjections, { name, fields: [...fields] }]),
  };
  // `~indexes` and `~projections` exist for the compiler only.
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
