import type { MergeOperation, MergesOf } from "./merge.ts";
import type {
  AnyDataModel,
  BuiltRange,
  DataModel,
  DocumentOf,
  IndexNames,
  IndexRangeBuilder,
  ProjectedDocument,
  ProjectedTable,
  ProjectionNames,
  TableModel,
  TableNames,
  WithoutSystemFields,
} from "../schema/index.ts";
import {
  type Document,
  type Id,
  type ObjectValidator,
  type PlainValidator,
  type UnionValidator,
  v,
  type Value,
} from "../values/index.ts";
import type { FilterBuilder, FilterOperand } from "./filter.ts";

/** Which piece of a query's result is asked for. */
export interface PaginationOptions {
  readonly numItems: number;
  /** Where the piece begins: null, or the `continueCursor` of the piece before it. */
  readonly cursor: string | null;
  /** Where it ends, whatever `numItems` says: keeps the pieces of a changing result gapless. */
  readonly endCursor?: string | null | undefined;
}

/** One piece of a query's result. */
export interface PaginationResult<Item> {
  readonly page: Item[];
  readonly isDone: boolean;
  readonly continueCursor: string;
}

/** The validator of `PaginationOptions`, for a function's arguments. */
export const paginationOptsValidator: ObjectValidator<{
  readonly numItems: PlainValidator<"float64", number>;
  readonly cursor: UnionValidator<[PlainValidator<"string", string>, PlainValidator<"null", null>]>;
  readonly endCursor: UnionValidator<
    [PlainValidator<"string", string>, PlainValidator<"null", null>],
    string | null | undefined,
    true
  >;
}> = v.object({
  numItems: v.number(),
  cursor: v.union(v.string(), v.null()),
  endCursor: v.optional(v.union(v.string(), v.null())),
});

/** A query whose order is settled. It is read when one of its last words is called, and not before. */
export interface OrderedQuery<Table extends TableModel> extends AsyncIterable<Table["document"]> {
  /** Keeps the documents for which the expression is true; what it leaves out has still been read. */
  filter(write: (q: FilterBuilder<Table["document"]>) => FilterOperand<boolean>): this;
  collect(): Promise<Table["document"][]>;
  take(count: number): Promise<Table["document"][]>;
  first(): Promise<Table["document"] | null>;
  /** The only document, or null; more than one is `not_unique`. */
  unique(): Promise<Table["document"] | null>;
  paginate(options: PaginationOptions): Promise<PaginationResult<Table["document"]>>;
}

/** A query whose range is settled; its order is ascending unless it says otherwise. */
export interface Query<Table extends TableModel> extends OrderedQuery<Table> {
  order(order: "asc" | "desc"): OrderedQuery<Table>;
}

/** A query over a whole table, in order of creation, until an index is named. */
export interface QueryStart<Table extends TableModel> extends Query<Table> {
  /** Reads of each document only what a projection shows: what a device can tell that holds no more of them. */
  only<Name extends ProjectionNames<Table>>(projection: Name): QueryStart<ProjectedTable<Table, Name>>;
  withIndex<Index extends IndexNames<Table>>(
    index: Index,
    range?: (q: IndexRangeBuilder<Table["document"], Table["indexes"][Index]>) => BuiltRange,
  ): Query<Table>;
  fullTableScan(): Query<Table>;
}

/** How much of a document is read. */
export interface ProjectionOptions<Name extends string = string> {
  /** Only what this projection shows. */
  readonly only: Name;
}

/** `ctx.db` in a query or a scope. */
export type DatabaseReader<Model extends DataModel = AnyDataModel> =
  string extends TableNames<Model> ? AnyDatabaseReader : TypedDatabaseReader<Model>;

/** `ctx.db` in a mutation. */
export type DatabaseWriter<Model extends DataModel = AnyDataModel> =
  string extends TableNames<Model> ? AnyDatabaseWriter : TypedDatabaseWriter<Model>;

/** Reading with the tables of one schema. */
export interface TypedDatabaseReader<Model extends DataModel> {
  get<Table extends TableNames<Model>>(id: Id<Table>): Promise<DocumentOf<Model, Table> | null>;
  get<Table extends TableNames<Model>>(table: Table, id: Id<NoInfer<Table>>): Promise<DocumentOf<Model, Table> | null>;
  get<Table extends TableNames<Model>, Name extends ProjectionNames<Model[Table]>>(
    id: Id<Table>,
    options: ProjectionOptions<Name>,
  ): Promise<ProjectedDocument<Model[Table], Name> | null>;
  get<Table extends TableNames<Model>, Name extends ProjectionNames<Model[Table]>>(
    table: Table,
    id: Id<NoInfer<Table>>,
    options: ProjectionOptions<Name>,
  ): Promise<ProjectedDocument<Model[Table], Name> | null>;
  query<Table extends TableNames<Model>>(table: Table): QueryStart<Model[Table]>;
  /** The text as an id, if it has the form of an id of this table. */
  normalizeId<Table extends TableNames<Model>>(table: Table, text: string): Id<Table> | null;
}

/** Reading and writing with the tables of one schema. */
export interface TypedDatabaseWriter<Model extends DataModel> extends TypedDatabaseReader<Model> {
  insert<Table extends TableNames<Model>>(
    table: Table,
    fields: WithoutSystemFields<DocumentOf<Model, Table>>,
  ): Promise<Id<Table>>;
  /** Sets the named fields and removes those that are undefined; `inc`, `addToSet` and `removeFromSet` change them as they are. */
  patch<Table extends TableNames<Model>>(id: Id<Table>, changes: Changes<DocumentOf<Model, Table>>): Promise<void>;
  patch<Table extends TableNames<Model>>(
    table: Table,
    id: Id<NoInfer<Table>>,
    changes: Changes<DocumentOf<Model, Table>>,
  ): Promise<void>;
  replace<Table extends TableNames<Model>>(id: Id<Table>, fields: Replacement<DocumentOf<Model, Table>>): Promise<void>;
  replace<Table extends TableNames<Model>>(
    table: Table,
    id: Id<NoInfer<Table>>,
    fields: Replacement<DocumentOf<Model, Table>>,
  ): Promise<void>;
  delete(id: Id<TableNames<Model>>): Promise<void>;
  delete<Table extends TableNames<Model>>(table: Table, id: Id<NoInfer<Table>>): Promise<void>;
}

/** What a patch may say of a document. */
export type Changes<Fields> = Fields extends unknown
  ? {
      [Field in keyof WithoutSystemFields<Fields>]?:
        | WithoutSystemFields<Fields>[Field]
        | MergesOf<WithoutSystemFields<Fields>[Field]>
        | undefined;
    }
  : never;

/** What replaces a document: its fields, with or without the id and time that it keeps in any case. */
export type Replacement<Fields> = WithoutSystemFields<Fields> | Fields;

/** The fields of a document of any table. */
export type AnyFields = { readonly [field: string]: Value | undefined };

/** What a patch may say of a document of any table. */
export type AnyChanges = { readonly [field: string]: Value | MergeOperation | undefined };

/** Reading with any schema: what runs functions, and Bothy itself, sees this. */
export interface AnyDatabaseReader {
  get(id: string, options?: ProjectionOptions): Promise<Document | null>;
  get(table: string, id: string, options?: ProjectionOptions): Promise<Document | null>;
  query(table: string): QueryStart<AnyDataModel[string]>;
  normalizeId(table: string, text: string): string | null;
}

/** Reading and writing with any schema. */
export interface AnyDatabaseWriter extends AnyDatabaseReader {
  insert(table: string, fields: AnyFields): Promise<string>;
  patch(id: string, changes: AnyChanges): Promise<void>;
  patch(table: string, id: string, changes: AnyChanges): Promise<void>;
  replace(id: string, fields: AnyFields): Promise<void>;
  replace(table: string, id: string, fields: AnyFields): Promise<void>;
  delete(id: string): Promise<void>;
  delete(table: string, id: string): Promise<void>;
}
