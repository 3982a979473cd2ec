import { expect, test } from "vitest";
import type { KeyRange } from "bothy/internal";
import type { Engine, ReadResult } from "./engine.ts";
import { readPart } from "./read-part.ts";

/** An index with the keys a, b, c … and documents of one size. */
function engineOf(count: number, text: string): Pick<Engine, "read"> {
  const keys = Array.from({ length: count }, (_, at) => String.fromCharCode(97 + Math.floor(at / 26), 97 + (at % 26)));
  return {
    read(range, order, limit): ReadResult {
      const inside = keys.filter((key) => key >= range.lower && key < range.upper);
      const ordered = order === "asc" ? inside : inside.toReversed();
      const taken = ordered.slice(0, limit);
      return {
        documents: taken.map((key) => ({ id: key, version: 1, text })),
        keys: taken,
        isWhole: taken.length === ordered.length,
      };
    },
  };
}

const all: KeyRange = { table: "t", index: "i", equalities: 0, lower: "", upper: "\xff" };

test("a range that fits is read whole, however many pieces it takes", () => {
  const { part, rows } = readPart(engineOf(600, "{}"), { range: all, order: "asc", limit: Infinity });
  expect(part).toEqual(all);
  expect(new Set(rows.map(([id]) => id)).size).toBe(600);
});

test("a limited read says which part of the range it has seen, from either end", () => {
  const engine = engineOf(10, "{}");
  const first = readPart(engine, { range: all, order: "asc", limit: 3 });
  expect(first.rows.map(([id]) => id)).toEqual(["aa", "ab", "ac"]);
  expect(first.part.lower <= "aa" && first.part.upper > "ac" && first.part.upper <= "ad").toBe(true);
  const last = readPart(engine, { range: all, order: "desc", limit: 3 });
  expect(last.rows.map(([id]) => id)).toEqual(["aj", "ai", "ah"]);
  expect(last.part.lower).toBe("ah");
});

test("an answer is bounded in bytes, not only in rows", () => {
  const { rows, part } = readPart(engineOf(600, "x".repeat(100_000)), { range: all, order: "asc", limit: Infinity });
  expect(rows.length).toBeLessThan(600);
  expect(part.upper < all.upper).toBe(true);
});
