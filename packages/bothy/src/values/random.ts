import { sha256 } from "./sha256.ts";
import { bytesOfText } from "./text.ts";

/**
 * A generator of numbers in [0, 1) that gives the same numbers for the same seed everywhere: what `Math.random` is inside
 * a deterministic function. It keeps no secrets.
 */
export function createRandom(seed: string): () => number {
  const view = new DataView(sha256(bytesOfText(seed)).buffer);
  const next = createWords(view.getUint32(0), view.getUint32(4), view.getUint32(8));
  // The first numbers still show the seed.
  for (let i = 0; i < 12; i++) next();
  return () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
}

/** The small fast counter generator sfc32: whole numbers of 32 bits, of which the first dozen still show the seed. */
export function createWords(a: number, b: number, c: number): () => number {
  let counter = 1;
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
}
