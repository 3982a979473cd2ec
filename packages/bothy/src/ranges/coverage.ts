import { assert } from "../errors/index.ts";
import type { Key } from "../values/index.ts";
import { IntervalSet } from "./interval-set.ts";
import { SortedMap } from "./sorted-map.ts";

/** Which keys of one index are held, and how many times: what is held twice stays until it is released twice (RA3). */
export class Coverage {
  /** How many intervals are held from a boundary up to the next one. Before the first boundary and after the last: none. */
  readonly #countFrom: SortedMap<number>;
  /** Where the count is not 0: to be changed only here. */
  readonly held: IntervalSet;

  constructor(countFrom: SortedMap<number> = new SortedMap<number>(), held: IntervalSet = new IntervalSet()) {
    this.#countFrom = countFrom;
    this.held = held;
  }

  get isEmpty(): boolean {
    return this.#countFrom.size === 0;
  }

  clone(): Coverage {
    return new Coverage(this.#countFrom.clone(), this.held.clone());
  }

  hold(lower: Key, upper: Key): void {
    if (lower >= upper) return;
    this.held.add(lower, upper);
    this.#change(lower, upper, 1);
  }

  release(lower: Key, upper: Key): void {
    if (lower >= upper) return;
    const freed = this.#change(lower, upper, -1);
    for (const [start, end] of freed) this.held.remove(start, end);
  }

  /** Changes the counts of an interval and returns the pieces of it that are now 0. */
  #change(lower: Key, upper: Key, by: 1 | -1): (readonly [Key, Key])[] {
    const before = this.#splitAt(lower);
    this.#splitAt(upper);
    const boundaries: [Key, number][] = [];
    this.#countFrom.scan(lower, upper, "asc", (count, key) => {
      boundaries.push([key, count + by]);
    });
    const zeros: [Key, Key][] = [];
    let last = before;
    for (const [at, [key, count]] of boundaries.entries()) {
      assert(count >= 0, "what is released is held");
      if (count === 0) zeros.push([key, boundaries[at + 1]?.[0] ?? upper]);
      if (count === last) this.#countFrom.delete(key);
      else this.#countFrom.set(key, count);
      last = count;
    }
    if (this.#countFrom.get(upper) === last) this.#countFrom.delete(upper);
    return zeros;
  }

  /** Makes a boundary at a key and returns the count just before it. */
  #splitAt(key: Key): number {
    const countHere = this.#countFrom.get(key);
    const before = this.#countFrom.keyBefore(key);
    const countBefore = before === undefined ? 0 : (this.#countFrom.get(before) ?? 0);
    if (countHere === undefined) this.#countFrom.set(key, countBefore);
    return countBefore;
  }
}
