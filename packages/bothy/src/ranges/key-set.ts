import { tableOf, type KeyRange, type Schema } from "../schema/index.ts";
import type { Row } from "./row.ts";
import { SortedMap } from "./sorted-map.ts";

/** The keys of some rows, by index: tells which reads a change of these rows concerns. */
export class KeySet {
  readonly #schema: Schema;
  readonly #keysByIndex = new Map<string, SortedMap<true>>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** Adds the keys of a row, if there is one. */
  add(table: string, row: Row | undefined): void {
    for (const [position, key] of (row?.keys ?? []).entries()) {
      const name = `${table} ${tableOf(this.#schema, table).indexes[position]?.name}`;
      const keys = this.#keysByIndex.get(name) ?? new SortedMap<true>();
      this.#keysByIndex.set(name, keys);
      keys.set(key, true);
    }
  }

  /** Tells whether one of these ranges contains one of the keys. */
  touches(ranges: readonly KeyRange[]): boolean {
    return ranges.some(({ table, index, lower, upper }) => {
      const key = this.#keysByIndex.get(`${table} ${index}`)?.ceiling(lower);
      return key !== undefined && key < upper;
    });
  }
}
