import type { Document, Expand, Id, Infer } from "../values/index.ts";
import type { SchemaDefinition, TableBuilder } from "./define-schema.ts";

/** What the compiler knows of a table: its documents, the fields of its indexes, in order, and those of its projections. */
export interface TableModel {
  readonly document: { readonly _id: string; readonly _creationTime: number };
  readonly indexes: Readonly<Record<string, readonly string[]>>;
  readonly projections: Readonly<Record<string, string>>;
}

/** What the compiler knows of a schema. */
export type DataModel = Readonly<Record<string, TableModel>>;

/** The model of code that works with any schema. */
export interface AnyDataModel {
  readonly [table: string]: {
    readonly document: Document;
    readonly indexes: { readonly [index: string]: readonly string[] };
    readonly projections: { readonly [projection: string]: string };
  };
}

/** The indexes that every table has. */
export interface SystemIndexes {
  readonly by_id: readonly ["_id"];
  readonly by_creation_time: readonly ["_creationTime"];
}

/** The model of a schema that `defineSchema` made. */
export type DataModelFromSchema<S extends SchemaDefinition> = {
  readonly [Table in keyof S["~tables"] & string]: ModelOf<Table, S["~tables"][Table]>;
};

type ModelOf<Table extends string, Builder> =
  Builder extends TableBuilder<infer V, infer Indexes, infer Projections>
    ? {
        readonly document: WithSystemFields<Table, Infer<V>>;
        readonly indexes: Expand<Indexes & SystemIndexes>;
        readonly projections: Projections;
      }
    : never;

/** The names of the projections of a table. */
export type ProjectionNames<Table extends TableModel> = keyof Table["projections"] & string;

/** A document of a table as a projection shows it. */
export type ProjectedDocument<Table extends TableModel, Name extends ProjectionNames<Table>> =
  PickFields<Table["document"], Table["projections"][Name] | "_id" | "_creationTime"> extends infer Part extends
    TableModel["document"]
    ? Part
    : never;

type PickFields<Document, Fields> = Document extends unknown
  ? Expand<{ [Field in keyof Document as Field extends Fields ? Field : never]: Document[Field] }>
  : never;

/** A table as a projection shows it: with the indexes that lie inside. */
export interface ProjectedTable<Table extends TableModel, Name extends ProjectionNames<Table>> extends TableModel {
  readonly document: ProjectedDocument<Table, Name>;
  readonly projections: Table["projections"];
  readonly indexes: {
    readonly [
      Index in keyof Table["indexes"] as IsInside<
        Table["indexes"][Index][number],
        Table["projections"][Name]
      > extends true
        ? Index
        : never
    ]: Table["indexes"][Index];
  };
}

type IsInside<Path extends string, Fields extends string> = [Path] extends [
  Fields | `${Fields}.${string}` | "_id" | "_creationTime",
]
  ? true
  : false;

/** A document of a table, whose declared part is `Fields`. */
export type WithSystemFields<Table extends string, Fields> = Fields extends unknown
  ? Expand<Fields & { _id: Id<Table>; _creationTime: number }>
  : never;

/** A document without what Bothy adds: what is inserted. */
export type WithoutSystemFields<Document> = Document extends unknown ? Expand<OmitSystemFields<Document>> : never;

// By keys, because Omit would flatten the index signature of documents of any table into nothing but that.
type OmitSystemFields<Document> = {
  [Field in keyof Document as Field extends "_id" | "_creationTime" ? never : Field]: Document[Field];
};

/** The names of the tables of a model. */
export type TableNames<Model extends DataModel> = keyof Model & string;

/** The documents of a table of a model. */
export type DocumentOf<Model extends DataModel, Table extends TableNames<Model>> = Model[Table]["document"];

/** The names of the indexes of a table. */
export type IndexNames<Table extends TableModel> = keyof Table["indexes"] & string;

/** The type at a field path (`a.b`) of a document; undefined where it can be absent. */
export type FieldAt<Document, Path extends string> = Document extends object
  ? Path extends keyof Document
    ? Document[Path]
    : Path extends `${infer First}.${infer Rest}`
      ? First extends keyof Document
        ? FieldAt<Document[First], Rest>
        : undefined
      : undefined
  : undefined;
