import type { Random } from "./world.ts";

/** Randomness that repeats for a seed; for tests and the simulator, never for secrets. */
export interface SeededRandom extends Random {
  /** A whole number from 0 up to, not including, the bound. */
  below(bound: number): number;
}

/** Makes a source that gives the same bytes for the same seed (the generator sfc32). */
export function createSeededRandom(seed: number): SeededRandom {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1];
  const word = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first words still show the seed.
  for (let i = 0; i < 15; i++) word();
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => word() & 0xff),
    below: (bound) => Math.floor((word() / 0x1_0000_0000) * bound),
  };
}
