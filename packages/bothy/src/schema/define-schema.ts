import {
  isValidatorLike,
  v,
  type Expand,
  type Infer,
  type ObjectValidator,
  type Validator,
  type ValidatorFields,
} from "../values/index.ts";
import { isSystemTable, type Schema } from "./schema.ts";
import { createSchema, invalid, type DeclaredTable } from "./create-schema.ts";
import { lensFromJson, lensToJson, type TableLens } from "./table-lens.ts";

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
  /**
   * Says how its documents are read by apps with an older or a newer schema, where that does not follow from the two: which
   * field took the place of which, and what stands for what the other schema does not have.
   */
  lens(rules: LensRules<Infer<V>>): TableBuilder<V, Indexes, Projections>;
  /** Exists for the compiler only. */
  readonly "~indexes": Indexes;
  /** Exists for the compiler only: the fields of each projection. */
  readonly "~projections": Projections;
}

type TopField<V extends Validator> = Exclude<V["~paths"], `${string}.${string}`>;
/** The lens of a table with documents of this type; fields that it had once are known to nobody. */
export interface LensRules<Fields> extends TableLens {
  readonly defaults?: { readonly [Field in keyof Fields]?: Fields[Field] } & TableLens["defaults"];
}

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
  return buildTable({ validator: isValidatorLike(declared) ? declared : v.object(declared), declaredIndexes: [] });
}

function buildTable<Table extends TableBuilder>(declared: DeclaredTable): Table {
  const { declaredIndexes, declaredProjections = [] } = declared;
  const table = {
    ...declared,
    index: (name: string, fields: readonly string[]) =>
      buildTable({ ...declared, declaredIndexes: [...declaredIndexes, { name, fields: [...fields] }] }),
    projection: (name: string, fields: readonly string[]) =>
      buildTable({ ...declared, declaredProjections: [...declaredProjections, { name, fields: [...fields] }] }),
    // Written and read once here, so that what is wrong with it is told where it stands.
    lens: (rules: TableLens) => buildTable({ ...declared, declaredLens: lensFromJson(lensToJson(rules)) }),
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
