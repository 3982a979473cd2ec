/** Counts by name, of names that are known to be few; what is beyond the bound is counted under one name. */
export class Tally {
  readonly #namesMax: number;
  readonly #counts = new Map<string, number>();

  constructor(namesMax: number) {
    this.#namesMax = namesMax;
  }

  add(name: string, count = 1): void {
    const known = this.#counts.get(name);
    if (known === undefined && this.#counts.size >= this.#namesMax && name !== otherName) {
      return this.add(otherName, count);
    }
    this.#counts.set(name, (known ?? 0) + count);
  }

  entries(): Iterable<readonly [name: string, count: number]> {
    return this.#counts.entries();
  }
}

/** Stands for all names beyond the bound. */
export const otherName = "(other)";
