import { BothyError } from "../errors/index.ts";
import type { AnyChanges, AnyDatabaseWriter, AnyFields, ProjectionOptions } from "../functions/index.ts";
import type { Row } from "../ranges/index.ts";
import { projectionOf, type Projection, type Schema, type TableDefinition } from "../schema/index.ts";
import { isIdOf, nameType, parseIdTag, tableTag, type Document } from "../values/index.ts";
import { applyMerges, takePatch, type Patch } from "./apply-merges.ts";
import { documentOf, openTable, type Core } from "./core.ts";
import { makeRow, refuseSystemFields, refuseUnlessFields, type MadeRow } from "./make-row.ts";
import { rangeOfId } from "./read-set.ts";
import type { Lack } from "./lack.ts";
import { startQuery, type TableQuery } from "./table-query.ts";
import { settle, type Steps } from "./turns.ts";

/** What only a transaction that writes needs. */
export interface WriterOptions {
  readonly isReadOnly: boolean;
  readonly nextId: (table: string, k: number) => string;
  readonly nextCreationTime: () => number;
}

/** `ctx.db` of one transaction. */
export class Database implements AnyDatabaseWriter {
  readonly #core: Core;
  readonly #options: WriterOptions;
  readonly #insertCountByTable = new Map<string, number>();

  constructor(core: Core, options: WriterOptions) {
    this.#core = core;
    this.#options = options;
  }

  get(...named: readonly (string | ProjectionOptions | undefined)[]): Promise<Document | null> {
    // What is refused before its turn is refused as a promise, as everything else is.
    return settle(() => {
      const options = named.slice(1).find((one) => typeof one === "object" && one !== null);
      const { table, id } = this.#find(named.filter((one) => one !== undefined && one !== options));
      const projection = options && projectionOf(table, options.only);
      return this.#run(table, id, () => this.#get(table, id, projection));
    });
  }

  query(table: string): TableQuery {
    return startQuery(this.#core, table);
  }

  normalizeId(table: string, text: string): string | null {
    openTable(this.#core, table);
    return isIdOf(table, text) ? text : null;
  }

  insert(table: string, fields: AnyFields): Promise<string> {
    return settle(() => {
      const definition = this.#openForWriting(table);
      refuseSystemFields(table, fields, undefined);
      const count = this.#insertCountByTable.get(table) ?? 0;
      const id = this.#options.nextId(table, count);
      // Made at once: what the caller does to the object afterwards is no longer our affair.
      const { row, sizeBytes } = makeRow(definition, {
        ...fields,
        _id: id,
        _creationTime: this.#options.nextCreationTime(),
      });
      this.#insertCountByTable.set(table, count + 1);
      return this.#core.turns.perform(() => {
        // A device that runs a mutation again may hold what its first run has put on the server. On the server an
        // insert never replaces a document, be it in memory or not: whoever commits the write says that it is there.
        const { source } = this.#core;
        this.#put(table, source.canFetch ? undefined : source.held.get(table, id), { row, sizeBytes });
        return id;
      });
    });
  }

  patch(...named: [id: string, changes: AnyChanges] | [table: string, id: string, changes: AnyChanges]): Promise<void> {
    return this.#change(named, true);
  }

  replace(...named: [id: string, fields: AnyFields] | [table: string, id: string, fields: AnyFields]): Promise<void> {
    return this.#change(named, false);
  }

  delete(...named: [id: string] | [table: string, id: string]): Promise<void> {
    return settle(() => {
      const { table, id } = this.#find(named);
      this.#openForWriting(table.name);
      return this.#run(table, id, () => this.#delete(table, id));
    });
  }

  /** Runs an operation on one document, which is brought while it waits. */
  #run<Result>(table: TableDefinition, id: string, operation: () => Steps<Lack, Result>): Promise<Result> {
    return this.#core.turns.run(operation, () => lackOf(table, id));
  }

  *#get(table: TableDefinition, id: string, projection: Projection | undefined): Steps<Lack, Document | null> {
    this.#core.spending.spend("readRanges", 1);
    this.#core.reads.addId(table.name, id);
    const row = yield* this.#readRow(table, id, projection);
    return row === undefined ? null : documentOf(row, projection);
  }

  #change(named: [string, AnyChanges] | [string, string, AnyChanges], isPatch: boolean): Promise<void> {
    return settle(() => {
      const given = named.length === 2 ? named[1] : named[2];
      const { table, id } = this.#find(named.slice(0, -1));
      this.#openForWriting(table.name);
      refuseUnlessFields(table.name, given);
      const patch = takePatch(given, isPatch);
      return this.#run(table, id, () => this.#overwrite(table, id, patch, isPatch));
    });
  }

  *#overwrite(table: TableDefinition, id: string, { fields, merges }: Patch, isPatch: boolean): Steps<Lack, void> {
    const isBlind = merges.length > 0 && Object.keys(fields).length === 0;
    const row = yield* this.#readToWrite(table, id);
    // What only operations change is not read: whoever commits them applies them to what is there then (TX13).
    if (!isBlind) this.#core.reads.addId(table.name, id);
    const document = documentOf(row);
    // Of a document that is held in a projection only that part can be shown as changed (TX15).
    const held = isPatch && row.projection !== undefined ? projectionOf(table, row.projection) : undefined;
    const known = held ? merges.filter(([field]) => held.fields.includes(field)) : merges;
    const changes = { ...applyMerges(document, known), ...fields };
    refuseSystemFields(table.name, changes, document);
    const { _id, _creationTime } = document;
    const after = isPatch ? { ...document, ...changes } : { ...changes, _id, _creationTime };
    this.#put(table.name, row, { ...makeRow(table, after, held), ...(isBlind && { merges }) });
  }

  *#delete(table: TableDefinition, id: string): Steps<Lack, void> {
    const { reads, source, spending, writes } = this.#core;
    reads.addId(table.name, id);
    const row = yield* this.#readToWrite(table, id);
    spending.spend("writeDocuments", 1);
    writes.add({ table: table.name, id, before: row, after: undefined, merges: undefined });
    source.held.remove(table.name, id);
    // From now on it is known that there is no such document.
    source.held.hold(rangeOfId(table.name, id));
  }

  /** A row that is held in a projection only can be written, too; then something of it was missed. */
  *#readToWrite(table: TableDefinition, id: string): Steps<Lack, Row> {
    const { reads, source } = this.#core;
    const shown = source.held.get(table.name, id)?.projection;
    if (shown !== undefined) source.missed();
    const row = yield* this.#readRow(table, id, shown === undefined ? undefined : projectionOf(table, shown));
    if (row !== undefined) return row;
    reads.addId(table.name, id);
    throw new BothyError("document_missing", {
      message: `There is no document ${id} in table "${table.name}".`,
      fix: "Read it first, and say what is to happen when it is gone.",
    });
  }

  *#readRow(table: TableDefinition, id: string, projection?: Projection): Steps<Lack, Row | undefined> {
    const { source, spending } = this.#core;
    // Most rows that are asked for by id are there, and then no range is needed to find them.
    let row = source.held.get(table.name, id);
    if (row === undefined || row.projection !== projection?.name) {
      const { range, ...lack } = lackOf(table, id);
      const narrow = projection && !source.canFetch ? { ...range, projection: projection.name } : range;
      [row] = yield* source.read({ ...lack, range: narrow });
    }
    if (row !== undefined) {
      spending.spend("readDocuments", 1);
      spending.spend("readBytes", row.sizeBytes ?? 0);
    }
    return row;
  }

  #put(table: string, before: Row | undefined, { row, sizeBytes, merges }: MadeRow & Partial<Patch>): void {
    const { source, spending, writes } = this.#core;
    spending.spend("writeBytes", sizeBytes);
    spending.spend("writeDocuments", 1);
    writes.add({ table, id: row.id, before, after: row, merges });
    source.held.put(table, row);
  }

  #openForWriting(name: string): TableDefinition {
    const table = openTable(this.#core, name);
    if (!this.#options.isReadOnly) return table;
    throw new BothyError("function_wrong_kind", {
      message: `A function that only reads tried to write to table "${name}".`,
      fix: "Make it a mutation.",
    });
  }

  /** The table of an id, which may be named beside it. */
  #find(named: readonly unknown[]): { table: TableDefinition; id: string } {
    const id = named.at(-1);
    const isNamed = named.length > 1;
    const tag = isNamed || typeof id !== "string" ? undefined : parseIdTag(id);
    const name = isNamed ? String(named[0]) : tableNameByTag(this.#core.schema).get(tag);
    if (name !== undefined) {
      const table = openTable(this.#core, name);
      // A table that was found by the id's tag is the id's.
      if (typeof id === "string" && (!isNamed || isIdOf(name, id))) return { table, id };
    }
    throw new BothyError("id_invalid", {
      message: `${typeof id === "string" ? JSON.stringify(id) : nameType(id)} is no id of ${name === undefined ? "any table" : `table "${name}"`}.`,
      fix: "Use a document's _id; ctx.db.normalizeId tells ids from other text.",
    });
  }
}

function lackOf(table: TableDefinition, id: string): Lack {
  return { range: rangeOfId(table.name, id), order: "asc", limit: 1 };
}

const tablesBySchema = new WeakMap<Schema, ReadonlyMap<number | undefined, string>>();

function tableNameByTag(schema: Schema): ReadonlyMap<number | undefined, string> {
  let tables = tablesBySchema.get(schema);
  if (tables === undefined) {
    tables = new Map(Object.keys(schema.tables).map((name) => [tableTag(name), name]));
    tablesBySchema.set(schema, tables);
  }
  return tables;
}
