import { makeId } from "bothy/internal";
import { expect, test } from "vitest";
import { openTestEngine, testWorld } from "./test-engine.ts";
import { transact } from "./transact.ts";

const options = {
  timeMs: 1,
  nextId: (table: string, k: number) => makeId(table, new Uint8Array(16).fill(k + 1)),
};

test("a transaction of the server reads large documents in pieces, and is bounded as those of functions are", async () => {
  const engine = await openTestEngine(testWorld());
  const body = "x".repeat(700_000);
  for (let at = 0; at < 30; at += 5) {
    await transact(
      engine,
      { ...options, nextId: (table, k) => makeId(table, new Uint8Array(16).fill(at + k + 1)) },
      async (db) => {
        for (let rank = at; rank < at + 5; rank++) await db.insert("notes", { room: "a", rank, body });
      },
    );
  }
  const asked: number[] = [];
  const read = engine.read.bind(engine);
  engine.read = (range, order, limit) => {
    asked.push(limit);
    return read(range, order, limit);
  };
  const few = await transact(engine, options, async (db) => (await db.query("notes").take(10)).length);
  expect(few.result).toBe(10);
  const all = transact(engine, options, async (db) => (await db.query("notes").collect()).length);
  await expect(all).rejects.toMatchObject({ code: "transaction_too_large" });
  expect(Math.max(...asked)).toBeLessThanOrEqual(256);
  await engine.close();
});
