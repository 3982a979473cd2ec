import type { Key } from "../values/index.ts";
import { afterAllKeys, SortedMap, type Order } from "./sorted-map.ts";

/** A set of keys as disjoint half-open intervals that do not touch (RA2); copied in constant time. */
export class IntervalSet {
  /** Upper bound by lower bound. */
  readonly #upperByLower: SortedMap<Key>;

  constructor(upperByLower: SortedMap<Key> = new SortedMap<Key>()) {
    this.#upperByLower = upperByLower;
  }

  clone(): IntervalSet {
    return new IntervalSet(this.#upperByLower.clone());
  }

  add(lower: Key, upper: Key): void {
    if (this.covers(lower, upper)) return;
    let start = lower;
    let end = upper;
    const before = this.#startingBefore(lower);
    if (before !== undefined && before.upper >= lower) {
      start = before.lower;
      if (before.upper > end) end = before.upper;
    }
    for (let next = this.#upperByLower.ceiling(lower); next !== undefined && next <= end;) {
      const nextUpper = this.#upperByLower.delete(next);
      if (nextUpper !== undefined && nextUpper > end) end = nextUpper;
      next = this.#upperByLower.ceiling(lower);
    }
    this.#upperByLower.set(start, end);
  }

  remove(lower: Key, upper: Key): void {
    if (lower >= upper) return;
    const before = this.#startingBefore(lower);
    if (before !== undefined && before.upper > lower) {
      this.#upperByLower.set(before.lower, lower);
      if (before.upper > upper) this.#upperByLower.set(upper, before.upper);
    }
    for (let next = this.#upperByLower.ceiling(lower); next !== undefined && next < upper;) {
      const nextUpper = this.#upperByLower.delete(next);
      if (nextUpper !== undefined && nextUpper > upper) this.#upperByLower.set(upper, nextUpper);
      next = this.#upperByLower.ceiling(lower);
    }
  }

  /** Tells whether every key with lower <= key < upper is in the set. */
  covers(lower: Key, upper: Key): boolean {
    return lower >= upper || this.reach(lower, upper, "asc") === upper;
  }

  contains(key: Key): boolean {
    return this.#endOfIntervalAt(key) !== undefined;
  }

  /**
   * How far everything is in the set: ascending, the greatest end such that [lower, end) is; descending, the least start
   * such that [start, upper) is. Nothing at all: `lower` (ascending) or `upper` (descending).
   */
  reach(lower: Key, upper: Key, order: Order): Key {
    if (order === "asc") {
      const end = this.#endOfIntervalAt(lower) ?? lower;
      return end < upper ? end : upper;
    }
    const last = this.#startingBefore(upper);
    if (last === undefined || last.upper < upper) return upper;
    return last.lower > lower ? last.lower : lower;
  }

  /** The intervals in order. */
  list(): (readonly [lower: Key, upper: Key])[] {
    const intervals: [Key, Key][] = [];
    this.#upperByLower.scan("", afterAllKeys, "asc", (upper, lower) => {
      intervals.push([lower, upper]);
    });
    return intervals;
  }

  #endOfIntervalAt(key: Key): Key | undefined {
    const end = this.#upperByLower.get(key);
    if (end !== undefined) return end;
    const before = this.#startingBefore(key);
    return before !== undefined && before.upper > key ? before.upper : undefined;
  }

  /** The interval that begins last among those that begin before a key. */
  #startingBefore(key: Key): Interval | undefined {
    let found: Interval | undefined;
    this.#upperByLower.scan("", key, "desc", (upper, lower) => {
      found = { lower, upper };
      return false;
    });
    return found;
  }
}

interface Interval {
  readonly lower: Key;
  readonly upper: Key;
}
