import type { KeyRange } from "../schema/index.ts";
import { elementEnd, keyAfterPrefix, type Key } from "../values/index.ts";
import { IntervalTree } from "./interval-tree.ts";

/**
 * Subscribers by range, to be asked whom a written key concerns. The cost does not grow with the ranges of other prefixes
 * (RA8): ranges are grouped by table, index and number of equalities, found by the bytes that the equalities fix, and
 * only the bounds under one prefix are searched.
 */
export class RangeIndex<T> {
  readonly #shapesByIndex = new Map<string, Map<string, Shape<T>[]>>();
  #size = 0;

  /** How many subscriptions there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a subscriber and returns what removes it again. Whoever is added twice is found twice. */
  add(range: KeyRange, subscriber: T): () => void {
    if (range.lower >= range.upper) return () => {};
    const shape = this.#shapeFor(range);
    const prefix = prefixOf(range.lower, range.equalities);
    let bucket = shape.bucketByPrefix.get(prefix);
    if (bucket === undefined) {
      bucket = { whole: new Set(), bounded: new IntervalTree() };
      shape.bucketByPrefix.set(prefix, bucket);
    }
    const { whole, bounded } = bucket;
    const entry: Entry<T> = { lower: range.lower, upper: range.upper, subscriber };
    const isWhole = range.lower === prefix && range.upper === keyAfterPrefix(prefix);
    if (isWhole) whole.add(entry);
    else bounded.add(entry);
    this.#size++;
    let isRemoved = false;
    return () => {
      if (isRemoved) return;
      isRemoved = true;
      this.#size--;
      if (isWhole) whole.delete(entry);
      else bounded.remove(entry);
      if (whole.size === 0 && bounded.size === 0) this.#forget(range, prefix);
    };
  }

  /** Calls `found` for every range of an index that contains a key. Subscribers must not be added or removed meanwhile. */
  match(table: string, index: string, key: Key, found: (subscriber: T) => void): void {
    const shapes = this.#shapesByIndex.get(table)?.get(index);
    if (shapes === undefined) return;
    let end = 0;
    let elements = 0;
    for (const { equalities, bucketByPrefix } of shapes) {
      for (; elements < equalities; elements++) end = elementEnd(key, end);
      const bucket = bucketByPrefix.get(key.slice(0, end));
      if (bucket === undefined) continue;
      for (const { subscriber } of bucket.whole) found(subscriber);
      bucket.bounded.match(key, ({ subscriber }) => found(subscriber));
    }
  }

  #shapeFor({ table, index, equalities }: KeyRange): Shape<T> {
    const shapesByName = this.#shapesByIndex.get(table) ?? new Map<string, Shape<T>[]>();
    this.#shapesByIndex.set(table, shapesByName);
    const shapes = shapesByName.get(index) ?? [];
    shapesByName.set(index, shapes);
    let shape = shapes.find((candidate) => candidate.equalities === equalities);
    if (shape === undefined) {
      shape = { equalities, bucketByPrefix: new Map() };
      shapes.push(shape);
      // Ascending, so that one walk over a key finds the prefixes of all of them.
      shapes.sort((a, b) => a.equalities - b.equalities);
    }
    return shape;
  }

  #forget({ table, index, equalities }: KeyRange, prefix: Key): void {
    // The few shapes stay: there are no more of them than a schema has fields in its indexes.
    const shape = this.#shapesByIndex
      .get(table)
      ?.get(index)
      ?.find((candidate) => candidate.equalities === equalities);
    shape?.bucketByPrefix.delete(prefix);
  }
}

interface Shape<T> {
  readonly equalities: number;
  readonly bucketByPrefix: Map<Key, Bucket<T>>;
}

interface Bucket<T> {
  readonly whole: Set<Entry<T>>;
  readonly bounded: IntervalTree<Entry<T>>;
}

interface Entry<T> {
  readonly lower: Key;
  readonly upper: Key;
  readonly subscriber: T;
}

function prefixOf(lower: Key, equalities: number): Key {
  let end = 0;
  for (let at = 0; at < equalities; at++) end = elementEnd(lower, end);
  return lower.slice(0, end);
}
