import { createSeededRandom, type SeededRandom } from "../../../packages/bothy-server/src/base/index.ts";

/** Choices drawn from a seed. */
export interface Chance {
  /** A whole number from 0 up to, not including, the bound. */
  below(bound: number): number;
  /** A number from `least` up to `most`. */
  between(least: number, most: number): number;
  /** True with the probability. */
  happens(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  bytes(count: number): Uint8Array;
  /** Another source of choices, so that more draws in one place change nothing in another. */
  fork(name: string): Chance;
  readonly source: SeededRandom;
}

const fine = 1 << 24;

/** Makes the choices of a seed. */
export function createChance(seed: number): Chance {
  const source = createSeededRandom(seed);
  const unit = (): number => source.below(fine) / fine;
  return {
    source,
    below: (bound) => source.below(bound),
    between: (least, most) => least + unit() * (most - least),
    happens: (probability) => unit() < probability,
    pick: (items) => {
      const item = items[source.below(items.length)];
      if (item === undefined) throw new Error("nothing to choose from");
      return item;
    },
    bytes: (count) => source.bytes(count),
    fork: (name) => createChance(hashOf(`${seed} ${name}`)),
  };
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
