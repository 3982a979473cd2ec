import { assert } from "../errors/index.ts";
import type { KeyRange } from "../schema/index.ts";
import { encodeKeyElement, type Key } from "../values/index.ts";
import { Coverage } from "./coverage.ts";
import { fieldsOfRange, impliedInterval } from "./implied-interval.ts";
import type { Row } from "./row.ts";
import { SortedMap } from "./sorted-map.ts";

interface IndexRows {
  readonly fields: readonly string[];
  readonly rows: SortedMap<Row>;
  readonly coverage: Coverage;
}

/** The rows of one table in each of its indexes, and what of each index is known to be complete. */
export class TableRows {
  readonly #indexes: readonly IndexRows[];

  private constructor(indexes: readonly IndexRows[]) {
    this.#indexes = indexes;
  }

  static create(fieldsByPosition: readonly (readonly string[])[]): TableRows {
    return new TableRows(
      fieldsByPosition.map((fields) => ({ fields, rows: new SortedMap<Row>(), coverage: new Coverage() })),
    );
  }

  clone(): TableRows {
    return new TableRows(
      this.#indexes.map(({ fields, rows, coverage }) => ({ fields, rows: rows.clone(), coverage: coverage.clone() })),
    );
  }

  get rowCount(): number {
    return this.rowsAt(0).size;
  }

  rowsAt(position: number): SortedMap<Row> {
    return this.#at(position).rows;
  }

  coverageAt(position: number): Coverage {
    return this.#at(position).coverage;
  }

  get(id: string): Row | undefined {
    return this.rowsAt(0).get(encodeKeyElement(id));
  }

  put(row: Row): void {
    const before = this.get(row.id);
    for (const [position, { rows }] of this.#indexes.entries()) {
      const key = keyAt(row, position);
      const keyBefore = before === undefined ? key : keyAt(before, position);
      if (keyBefore !== key) rows.delete(keyBefore);
      rows.set(key, row);
    }
  }

  remove(id: string): Row | undefined {
    const row = this.get(id);
    if (row === undefined) return undefined;
    for (const [position, { rows }] of this.#indexes.entries()) rows.delete(keyAt(row, position));
    return row;
  }

  /** Tells whether a document with these keys lies in a held range. */
  isInside(keys: readonly Key[]): boolean {
    return this.#indexes.some(({ coverage }, position) => !coverage.isEmpty && coverage.contains(keys[position] ?? ""));
  }

  /** Tells whether every document of a range is known here, whichever index it is known by (RA5). */
  isComplete(range: KeyRange, position: number): boolean {
    if (this.coverageAt(position).covers(range.lower, range.upper)) return true;
    const fields = fieldsOfRange(range, this.#at(position).fields);
    const id = fields.fixed.find(({ field }) => field === "_id");
    if (id !== undefined && this.rowsAt(0).get(id.element) !== undefined) return true;
    return this.#indexes.some(({ coverage, fields: heldFields }, heldPosition) => {
      if (heldPosition === position || coverage.isEmpty) return false;
      const [lower, upper] = impliedInterval(fields, heldFields);
      return coverage.covers(lower, upper);
    });
  }

  #at(position: number): IndexRows {
    const index = this.#indexes[position];
    assert(index !== undefined, "a position of an index is one of its table's");
    return index;
  }
}

function keyAt(row: Row, position: number): Key {
  const key = row.keys[position];
  assert(key !== undefined, "a row has a key for every index of its table");
  return key;
}
