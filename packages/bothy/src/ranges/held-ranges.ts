import { assert } from "../errors/index.ts";
import { positionOf, tableOf, type KeyRange, type Schema } from "../schema/index.ts";
import type { Key } from "../values/index.ts";
import type { Row } from "./row.ts";
import type { Order } from "./sorted-map.ts";
import { TableRows } from "./table-rows.ts";

/** What a read found, and whether that is all there is to find. */
export interface RowsRead {
  readonly rows: Row[];
  readonly isComplete: boolean;
}

/**
 * The rows of all tables that a memory has, with the ranges for which it is known to have all of them. `clone` is a
 * pointer: what it shares with its original is copied when one of them writes.
 *
 * Holds are counted: a range held twice is held until it was released twice. A row may be put although it lies in no
 * held range (what a transaction writes does): reads see it, and it stays until it is removed or a range that it lies in
 * is released.
 *
 * A range in a projection is about what that projection shows. A read sees the rows that are at least as wide as it asks, and
 * a range that is held more widely counts for it.
 */
export class HeldRanges {
  readonly #schema: Schema;
  #rowsByTable: Map<string, TableRows>;
  /** Tables whose rows belong to this memory alone; undefined while even the map of tables is shared. */
  #ownTables: Set<string> | undefined;

  private constructor(schema: Schema, rowsByTable: Map<string, TableRows>) {
    this.#schema = schema;
    this.#rowsByTable = rowsByTable;
  }

  /** Makes a memory that has nothing and knows nothing. */
  static create(schema: Schema): HeldRanges {
    return new HeldRanges(schema, new Map());
  }

  clone(): HeldRanges {
    this.#ownTables = undefined;
    return new HeldRanges(this.#schema, this.#rowsByTable);
  }

  get(table: string, id: string): Row | undefined {
    return this.#rowsByTable.get(table)?.get(id);
  }

  /** All rows of a table, by id. */
  rows(table: string): Row[] {
    return this.#rowsByTable.get(table)?.rowsAt(0).values() ?? [];
  }

  /** Puts a row in place of the one with its id. */
  put(table: string, row: Row): void {
    this.#writable(table).put(row);
  }

  /** Puts many rows at once, of which none has the id of another or of one that is here. */
  putNew(table: string, rows: readonly Row[]): void {
    this.#writable(table).putNew(rows);
  }

  /** Does a part of what a read of an index of a table would have to do first, for so many rows; true if nothing is left. */
  prepare(table: string, position: number, count: number): boolean {
    return this.#rowsByTable.get(table)?.prepare(position, count) ?? true;
  }

  /** Removes a row and returns it. */
  remove(table: string, id: string): Row | undefined {
    // Looked up first, so that nothing is copied for a row that is not there.
    if (this.get(table, id) === undefined) return undefined;
    return this.#writable(table).remove(id);
  }

  /**
   * Reads the first `limit` rows of a range in order, as they are held: perhaps wider than its projection. Complete: no document can be missing from them, because the whole
   * range is known, or because they all lie before the edge of what is known in the range's own index (RA6).
   */
  read(range: KeyRange, order: Order, limit: number): RowsRead {
    const rows: Row[] = [];
    const table = this.#rowsByTable.get(range.table);
    if (table === undefined || limit <= 0 || range.lower >= range.upper) {
      return { rows, isComplete: limit <= 0 || range.lower >= range.upper };
    }
    const position = this.#positionOf(range);
    let lastKey = "";
    table.rowsAt(position).scan(range.lower, range.upper, order, (row, key) => {
      if (!table.isAsWide(row, range.projection)) return true;
      lastKey = key;
      return rows.push(row) < limit;
    });
    if (rows.length === limit) {
      const reach = table.coverageAt(position, range.projection).held.reach(range.lower, range.upper, order);
      if (order === "asc" ? lastKey < reach : lastKey >= reach) return { rows, isComplete: true };
    }
    return { rows, isComplete: table.isComplete(range, position) };
  }

  /** Tells whether every document of a range is known here. */
  isComplete(range: KeyRange): boolean {
    if (range.lower >= range.upper) return true;
    return this.#rowsByTable.get(range.table)?.isComplete(range, this.#positionOf(range)) ?? false;
  }

  /** How far a range is known in its own index: the end of what is known (ascending) or its start (descending). */
  reach(range: KeyRange, order: Order): Key {
    const coverage = this.#rowsByTable.get(range.table)?.coverageAt(this.#positionOf(range), range.projection);
    if (coverage !== undefined) return coverage.held.reach(range.lower, range.upper, order);
    return order === "asc" ? range.lower : range.upper;
  }

  /** Tells whether a document with these keys lies in a range that is held at least as widely as a projection. */
  isInside(table: string, keys: readonly Key[], projection?: string): boolean {
    return this.#rowsByTable.get(table)?.isInside(keys, projection) ?? false;
  }

  /** States that every document of a range is here; the caller has put or is about to put them. */
  hold(range: KeyRange): void {
    this.#writable(range.table).hold(this.#positionOf(range), range);
  }

  /**
   * Ends one hold of a range, and removes and returns the rows inside it that lie in no range still held as widely as they
   * are. Whether one stays more narrowly is for the caller to say, who knows documents.
   */
  release(range: KeyRange): Row[] {
    const position = this.#positionOf(range);
    const table = this.#writable(range.table);
    table.release(position, range);
    const removed: Row[] = [];
    table.rowsAt(position).scan(range.lower, range.upper, "asc", (row) => {
      if (!table.isInside(row.keys, row.projection)) removed.push(row);
    });
    for (const row of removed) table.remove(row.id);
    return removed;
  }

  /** The rows of a table, as this memory's own. */
  #writable(table: string): TableRows {
    if (this.#ownTables === undefined) {
      this.#ownTables = new Set();
      this.#rowsByTable = new Map(this.#rowsByTable);
    }
    const rows = this.#rowsByTable.get(table);
    if (rows !== undefined && this.#ownTables.has(table)) return rows;
    const own = rows?.clone() ?? TableRows.create(tableOf(this.#schema, table));
    this.#rowsByTable.set(table, own);
    this.#ownTables.add(table);
    return own;
  }

  #positionOf(range: KeyRange): number {
    const position = positionOf(tableOf(this.#schema, range.table), range.index);
    assert(position >= 0, "the table of a range has its index");
    return position;
  }
}
