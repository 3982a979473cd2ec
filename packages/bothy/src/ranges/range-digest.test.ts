import * as fc from "fast-check";
import { expect, test } from "vitest";
import { digestText, digestWith, digestWithout, emptyDigest } from "./range-digest.ts";

const id = "0123456789abcdefghjkmnpqrstvwxyz";

test.each([
  [id, 1, "5b62f8c8d75306bb"],
  [id, 2, "8518e5c9587f7aee"],
  ["0123456789abcdefghjkmnpqrstvwxy0", 1, "b1da1a1e68e5f4f4"],
  [id, 4_294_967_297, "9cdce8024c4b43fb"],
  [id, Number.MAX_SAFE_INTEGER, "64cd2da85ec276ac"],
])("[EN23] the digest of row %s written at %d is %s", (row, stamp, text) => {
  const digest = digestWith(emptyDigest, row, stamp);
  expect([digest.count, digestText(digest)]).toEqual([1, text]);
});

test("[EN23] sums wrap, and no rows are sixteen zeros", () => {
  const two = digestWith(digestWith(emptyDigest, id, 1), "0123456789abcdefghjkmnpqrstvwxy0", 1);
  expect([two.count, digestText(two)]).toEqual([2, "0d3d12e64038fbaf"]);
  expect(digestText(emptyDigest)).toBe("0000000000000000");
});

test("[EN23] a digest depends on what is inside and not on how it came to be", () => {
  const row = fc.tuple(fc.string(), fc.maxSafeNat());
  fc.assert(
    fc.property(fc.array(row), fc.array(row), fc.integer(), (rows, passing, seed) => {
      const all = [...rows, ...passing].toSorted(([a], [b]) => (a.charCodeAt(0) * seed > b.charCodeAt(0) ? 1 : -1));
      const grown = all.reduce((sum, [text, stamp]) => digestWith(sum, text, stamp), emptyDigest);
      const left = passing.reduce((sum, [text, stamp]) => digestWithout(sum, text, stamp), grown);
      expect(left).toEqual(rows.reduce((sum, [text, stamp]) => digestWith(sum, text, stamp), emptyDigest));
    }),
  );
});

test("[EN23] rows that are alike have digests that are not: no two of 100,000 are equal, and each bit is set in half of them", () => {
  const seen = new Set<string>();
  const counts = Array.from({ length: 64 }, () => 0);
  for (let i = 0; i < 100_000; i++) {
    const row = digestWith(
      emptyDigest,
      `0123456789abcdefghjkmnpq${String(i % 1_000).padStart(8, "0")}`,
      1 + Math.floor(i / 1_000),
    );
    seen.add(digestText(row));
    for (let bit = 0; bit < 64; bit++) {
      const word = bit < 32 ? row.high : row.low;
      counts[bit] = (counts[bit] ?? 0) + ((word >>> (bit % 32)) & 1);
    }
  }
  expect(seen.size).toBe(100_000);
  expect(Math.min(...counts)).toBeGreaterThan(49_000);
  expect(Math.max(...counts)).toBeLessThan(51_000);
});
