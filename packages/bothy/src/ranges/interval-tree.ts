import { assert } from "../errors/index.ts";
import type { Key } from "../values/index.ts";

/** A half-open interval of keys that somebody is interested in. */
export interface Interval {
  readonly lower: Key;
  readonly upper: Key;
}

/** How many intervals may wait outside the tree before it is built again. */
const waitingMax = 64;

/**
 * Intervals, to be asked which of them contain a key: O(log n) and a step for each answer. New ones wait in a short list
 * and removed ones stay as gaps until there are enough to build the tree again, so that adding costs little.
 */
export class IntervalTree<T extends Interval> {
  /** By lower bound. The middle of any piece is the root of the tree of that piece. */
  #sorted: readonly T[] = [];
  /** For each position, the greatest upper bound in the piece whose root it is. */
  #greatestUpper: readonly Key[] = [];
  readonly #waiting = new Set<T>();
  readonly #removed = new Set<T>();

  get size(): number {
    return this.#sorted.length - this.#removed.size + this.#waiting.size;
  }

  add(interval: T): void {
    this.#waiting.add(interval);
    if (this.#waiting.size > waitingMax) this.#build();
  }

  /** Removes an interval that was added. */
  remove(interval: T): void {
    if (this.#waiting.delete(interval)) return;
    this.#removed.add(interval);
    if (this.#removed.size > waitingMax && this.#removed.size * 2 > this.#sorted.length) this.#build();
  }

  /** Calls `found` with every interval that contains a key. */
  match(key: Key, found: (interval: T) => void): void {
    for (const interval of this.#waiting) if (interval.lower <= key && key < interval.upper) found(interval);
    this.#matchPiece(0, this.#sorted.length, key, found);
  }

  #matchPiece(start: number, end: number, key: Key, found: (interval: T) => void): void {
    if (start >= end) return;
    const middle = (start + end) >> 1;
    if ((this.#greatestUpper[middle] ?? "") <= key) return;
    this.#matchPiece(start, middle, key, found);
    const interval = this.#sorted[middle];
    assert(interval !== undefined, "the middle of a piece is in it");
    if (interval.lower > key) return;
    if (key < interval.upper && !this.#removed.has(interval)) found(interval);
    this.#matchPiece(middle + 1, end, key, found);
  }

  #build(): void {
    const intervals = this.#sorted.filter((interval) => !this.#removed.has(interval));
    intervals.push(...this.#waiting);
    intervals.sort((a, b) => (a.lower < b.lower ? -1 : a.lower > b.lower ? 1 : 0));
    const greatestUpper = Array.from<Key>({ length: intervals.length }).fill("");
    const measure = (start: number, end: number): Key => {
      if (start >= end) return "";
      const middle = (start + end) >> 1;
      const left = measure(start, middle);
      const right = measure(middle + 1, end);
      const own = intervals[middle]?.upper ?? "";
      const greatest = [left, right, own].reduce((a, b) => (a > b ? a : b));
      greatestUpper[middle] = greatest;
      return greatest;
    };
    measure(0, intervals.length);
    this.#sorted = intervals;
    this.#greatestUpper = greatestUpper;
    this.#waiting.clear();
    this.#removed.clear();
  }
}
