import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Order, Store, StoreReader, StoreWrite } from "./store.ts";
import { storeKeyMax } from "./store.ts";

const all = (reader: StoreReader, order: Order = "asc"): readonly (readonly [string, string])[] =>
  reader.range("a", "\xff", order, 1_000);

/** What every store must do. `open` makes an empty one. */
export function testStore(name: string, open: () => Promise<Store>): void {
  const title = (rule: string, sentence: string): string => `[${rule}] ${name}: ${sentence}`;

  test(title("ST7", "a batch is there once it is applied, with its version"), async () => {
    const store = await open();
    expect(store.appliedVersion).toBe(0);
    await store.apply(
      [
        ["a1", "x"],
        ["a2", "y"],
      ],
      3,
    );
    expect([store.get("a1"), store.get("a2"), store.get("a3"), store.appliedVersion]).toEqual(["x", "y", undefined, 3]);
    await store.apply(
      [
        ["a1", undefined],
        ["a2", "z"],
      ],
      4,
    );
    expect([store.get("a1"), store.get("a2"), store.appliedVersion]).toEqual([undefined, "z", 4]);
    await store.close();
  });

  test(title("ST7", "ranges are half-open, ordered both ways and limited"), async () => {
    const store = await open();
    await store.apply(
      ["a", "b", "b\x00", "c", "d\xff"].map((key): StoreWrite => [key, `v${key}`]),
      1,
    );
    const keys = (lower: string, upper: string, order: Order, limit = 100): string[] =>
      store.range(lower, upper, order, limit).map(([key]) => key);
    expect(keys("a", "c", "asc")).toEqual(["a", "b", "b\x00"]);
    expect(keys("a", "c", "desc")).toEqual(["b\x00", "b", "a"]);
    expect(keys("b", "d\xff", "desc", 2)).toEqual(["c", "b\x00"]);
    expect(keys("b", "e", "asc", 1)).toEqual(["b"]);
    expect([keys("c", "c", "asc"), keys("d", "c", "asc"), keys("a", "z", "asc", 0), keys("x", "z", "desc")]).toEqual([
      [],
      [],
      [],
      [],
    ]);
    await store.close();
  });

  test(title("ST7", "keys may be as long as any key and values hold any text"), async () => {
    const store = await open();
    const key = `k${"\xff\x00".repeat((storeKeyMax - 1) / 2)}`;
    const value = "ß€𝄞\u0000\n".repeat(50_000);
    await store.apply(
      [
        [key, value],
        ["small", ""],
      ],
      1,
    );
    expect([store.get(key) === value, store.get("small"), store.range(key, "z", "asc", 1)[0]?.[1] === value]).toEqual([
      true,
      "",
      true,
    ]);
    await store.close();
  });

  test(title("ST7", "a snapshot does not change while batches are applied"), async () => {
    const store = await open();
    await store.apply(
      [
        ["a", "1"],
        ["b", "1"],
      ],
      1,
    );
    const first = store.snapshot();
    await store.apply(
      [
        ["a", "2"],
        ["b", undefined],
        ["c", "2"],
      ],
      2,
    );
    const second = store.snapshot();
    await store.apply([["a", "3"]], 3);
    expect(all(first)).toEqual([
      ["a", "1"],
      ["b", "1"],
    ]);
    expect(all(second, "desc")).toEqual([
      ["c", "2"],
      ["a", "2"],
    ]);
    expect([first.get("c"), second.get("a"), store.get("a")]).toEqual([undefined, "2", "3"]);
    first.close();
    second.close();
    expect(all(store)).toEqual([
      ["a", "3"],
      ["c", "2"],
    ]);
    await store.close();
  });

  test(
    title("ST7", "a read right after a batch sees it, also in the turn in which another read saw the state before"),
    async () => {
      const store = await open();
      await store.apply([["a", "0"]], 0);
      for (let version = 1; version < 50; version++) {
        const applied = store.apply([["a", String(version)]], version);
        // Before or after: the read only makes the store look, so that it could go on seeing the same.
        expect([String(version - 1), String(version)]).toContain(store.get("a"));
        const seen = applied.then(() => store.get("a"));
        expect(await seen).toBe(String(version));
      }
      await store.close();
    },
  );

  test(title("ST7", "any sequence of batches leaves what a plain map would hold"), async () => {
    const key = fc
      .string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 3 })
      .map((k) => `k${k}`);
    const write = fc.tuple(key, fc.option(fc.string({ maxLength: 5 }), { nil: undefined }));
    const ranges = fc.array(fc.tuple(key, key, fc.constantFrom<Order>("asc", "desc"), fc.integer({ min: 0, max: 9 })), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(write, { maxLength: 12 }), { maxLength: 5 }),
        ranges,
        async (batches, reads) => {
          const store = await open();
          const oracle = new Map<string, string>();
          for (const [i, batch] of batches.entries()) {
            await store.apply(batch, i);
            for (const [k, v] of batch) void (v === undefined ? oracle.delete(k) : oracle.set(k, v));
          }
          for (const [lower, upper, order, limit] of reads) {
            const inside = [...oracle].filter(([k]) => k >= lower && k < upper).sort(([a], [b]) => (a < b ? -1 : 1));
            const wanted = (order === "asc" ? inside : inside.reverse()).slice(0, limit);
            expect(store.range(lower, upper, order, limit)).toEqual(wanted);
          }
          await store.close();
        },
      ),
      { numRuns: 40 },
    );
  });
}
