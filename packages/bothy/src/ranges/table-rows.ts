import { assert } from "../errors/index.ts";
import type { KeyRange } from "../schema/index.ts";
import { encodeKeyElement, type Key } from "../values/index.ts";
import { Coverage } from "./coverage.ts";
import { fieldsOfRange, impliedInterval } from "./implied-interval.ts";
import type { Row } from "./row.ts";
import { SortedMap } from "./sorted-map.ts";

/** The rows of one table in each of its indexes, and what of each index is known to be complete. */
export class TableRows {
  readonly #fieldsByPosition: readonly (readonly string[])[];
  readonly #rows: readonly SortedMap<Row>[];
  /** Shared with the original of a clone until a range is held or released here, which is rarer than a write. */
  #coverages: readonly Coverage[];
  #ownsCoverages: boolean;

  private constructor(from: Parts, ownsCoverages: boolean) {
    this.#fieldsByPosition = from.fieldsByPosition;
    this.#rows = from.rows;
    this.#coverages = from.coverages;
    this.#ownsCoverages = ownsCoverages;
  }

  static create(fieldsByPosition: readonly (readonly string[])[]): TableRows {
    const rows = fieldsByPosition.map(() => new SortedMap<Row>());
    return new TableRows({ fieldsByPosition, rows, coverages: fieldsByPosition.map(() => new Coverage()) }, true);
  }

  clone(): TableRows {
    this.#ownsCoverages = false;
    const rows = this.#rows.map((index) => index.clone());
    return new TableRows({ fieldsByPosition: this.#fieldsByPosition, rows, coverages: this.#coverages }, false);
  }

  get rowCount(): number {
    return this.rowsAt(0).size;
  }

  rowsAt(position: number): SortedMap<Row> {
    return at(this.#rows, position);
  }

  /** What is known of an index; to be changed only through `hold` and `release`. */
  coverageAt(position: number): Coverage {
    return at(this.#coverages, position);
  }

  get(id: string): Row | undefined {
    return this.rowsAt(0).get(encodeKeyElement(id));
  }

  put(row: Row): void {
    const before = this.rowsAt(0).get(at(row.keys, 0));
    for (let position = 0; position < this.#rows.length; position++) {
      const rows = this.rowsAt(position);
      const key = at(row.keys, position);
      const keyBefore = before === undefined ? key : at(before.keys, position);
      if (keyBefore !== key) rows.delete(keyBefore);
      rows.set(key, row);
    }
  }

  remove(id: string): Row | undefined {
    const row = this.get(id);
    if (row === undefined) return undefined;
    for (const [position, rows] of this.#rows.entries()) rows.delete(at(row.keys, position));
    return row;
  }

  hold(position: number, lower: Key, upper: Key): void {
    at(this.#ownCoverages(), position).hold(lower, upper);
  }

  release(position: number, lower: Key, upper: Key): void {
    at(this.#ownCoverages(), position).release(lower, upper);
  }

  /** Tells whether a document with these keys lies in a held range. */
  isInside(keys: readonly Key[]): boolean {
    return this.#coverages.some((coverage, position) => !coverage.isEmpty && coverage.contains(at(keys, position)));
  }

  /** Tells whether every document of a range is known here, whichever index it is known by (RA5). */
  isComplete(range: KeyRange, position: number): boolean {
    if (this.coverageAt(position).covers(range.lower, range.upper)) return true;
    const fields = fieldsOfRange(range, at(this.#fieldsByPosition, position));
    const id = fields.fixed.find(({ field }) => field === "_id");
    if (id !== undefined && this.rowsAt(0).get(id.element) !== undefined) return true;
    return this.#coverages.some((coverage, heldPosition) => {
      if (heldPosition === position || coverage.isEmpty) return false;
      const [lower, upper] = impliedInterval(fields, at(this.#fieldsByPosition, heldPosition));
      return coverage.covers(lower, upper);
    });
  }

  #ownCoverages(): readonly Coverage[] {
    if (!this.#ownsCoverages) {
      this.#coverages = this.#coverages.map((coverage) => coverage.clone());
      this.#ownsCoverages = true;
    }
    return this.#coverages;
  }
}

interface Parts {
  readonly fieldsByPosition: readonly (readonly string[])[];
  readonly rows: readonly SortedMap<Row>[];
  readonly coverages: readonly Coverage[];
}

function at<T>(list: readonly T[], position: number): T {
  const item = list[position];
  assert(item !== undefined, "there is a key, and a place, for every index of a table");
  return item;
}
