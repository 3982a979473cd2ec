/**
 * What proves that two memories hold the same rows of a range: how many there are, and a sum over (id, stamp) of each.
 * It does not depend on the order, and takes one step for a row that comes or goes (EN23).
 */
export interface RangeDigest {
  readonly count: number;
  /** Two sums modulo 2^32. */
  readonly high: number;
  readonly low: number;
}

/** The digest of no rows. */
export const emptyDigest: RangeDigest = { count: 0, high: 0, low: 0 };

/** The digest with one more row; the stamp is the version at which it was last written. */
export function digestWith({ count, high, low }: RangeDigest, id: string, stamp: number): RangeDigest {
  mix(id, stamp);
  return { count: count + 1, high: (high + mixedHigh) >>> 0, low: (low + mixedLow) >>> 0 };
}

/** The digest with one row less, which must have been inside with just this stamp. */
export function digestWithout({ count, high, low }: RangeDigest, id: string, stamp: number): RangeDigest {
  mix(id, stamp);
  return { count: count - 1, high: (high - mixedHigh) >>> 0, low: (low - mixedLow) >>> 0 };
}

/** The sums as 16 hex digits, which is how they are stored and sent. */
export function digestText({ high, low }: RangeDigest): string {
  return hexOfWord(high) + hexOfWord(low);
}

/** The digest of what lies in either of two, or with `sign` -1 of what is in the first and not in the second. */
export function addDigests(a: RangeDigest, b: RangeDigest, sign: 1 | -1 = 1): RangeDigest {
  return {
    count: a.count + sign * b.count,
    high: (a.high + sign * b.high) >>> 0,
    low: (a.low + sign * b.low) >>> 0,
  };
}

/** The digest of a list of rows. */
export function digestOfRows(rows: Iterable<{ readonly id: string; readonly version: number }>): RangeDigest {
  let digest = emptyDigest;
  for (const { id, version } of rows) digest = digestWith(digest, id, version);
  return digest;
}

/** One text for what many ranges hold: equal if each holds the same (SY36). */
export function sumOfDigests(ranges: Iterable<readonly [range: number, count: number, digest: string]>): string {
  let sum = emptyDigest;
  for (const [range, count, digest] of ranges) sum = digestWith(sum, range + digest, count);
  return digestText(sum);
}

/** Tells rows apart where they are compared one by one (SY37): of the same id and stamp it is the same. */
export function printOfRow({ id, version }: { readonly id: string; readonly version: number }): number {
  mix(id, version);
  return mixedLow;
}

/** Which of 2^level parts of a range a row belongs to, whatever its stamp. */
export function bucketOfRow({ id }: { readonly id: string }, level: number): number {
  mix(id, 0);
  return Math.floor(mixedHigh / 2 ** (32 - level));
}

/** Numbers of 32 bits as 8 hex digits each. */
export function printsText(prints: Iterable<number>): string {
  let text = "";
  for (const print of prints) text += hexOfWord(print);
  return text;
}

/** Reads prints back. */
export function readPrints(text: string): number[] {
  const prints: number[] = [];
  for (let at = 0; at < text.length; at += 8) prints.push(Number.parseInt(text.slice(at, at + 8), 16));
  return prints;
}

// Two results of one call, which gives way to no other: a pair would be made for every row.
let mixedHigh = 0;
let mixedLow = 0;

/**
 * Two words from an id and a stamp. Each step and the end turn different states into different states, so that nothing is
 * lost but what 64 bits cannot hold. Signed arithmetic on 32 bits throughout: it is the same and fast in every engine.
 */
function mix(id: string, stamp: number): void {
  let high = 0x9e3779b9 | 0;
  let low = 0x85ebca6b | 0;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    high = rotate(Math.imul(high ^ code, 0xcc9e2d51), 15);
    low = rotate(Math.imul(low ^ code, 0x1b873593), 13);
  }
  for (const word of [stamp | 0, (stamp / 0x1_0000_0000) | 0]) {
    high = rotate(Math.imul(high ^ word, 0xcc9e2d51), 15);
    low = rotate(Math.imul(low ^ word, 0x1b873593), 13);
  }
  mixedHigh = finish((high + low) | 0);
  mixedLow = finish(low ^ mixedHigh);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** MurmurHash3's last step: every bit of the result depends on every bit. */
function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hexOfWord(word: number): string {
  return word.toString(16).padStart(8, "0");
}
