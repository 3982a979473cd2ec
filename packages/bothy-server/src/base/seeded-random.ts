import { createWords } from "bothy/internal";
import type { Random } from "./world.ts";

/** Randomness that repeats for a seed; for tests and the simulator, never for secrets. */
export interface SeededRandom extends Random {
  /** A whole number from 0 up to, not including, the bound. */
  below(bound: number): number;
}

/** Makes a source that gives the same bytes for the same seed. */
export function createSeededRandom(seed: number): SeededRandom {
  const word = createWords(seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0);
  // The first words still show the seed.
  for (let i = 0; i < 15; i++) word();
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => word() & 0xff),
    below: (bound) => Math.floor((word() / 0x1_0000_0000) * bound),
  };
}
