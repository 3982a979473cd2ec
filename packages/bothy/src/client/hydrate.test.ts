import { expect, test } from "vitest";
import { chainStart, rangeTag } from "../protocol/index.ts";
import { schemaHash } from "../schema/index.ts";
import { createMemoryDisk, openMemoryStorage } from "../storage/index.ts";
import { storedRowOf, type Effect } from "./base-state.ts";
import { schema } from "./fixtures/test-app.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { firstState, hydrate } from "./hydrate.ts";
import { closingPart, putRow, storedFormat, type MutationCall, type StoredPoke } from "./stored-rows.ts";

const stamp = { format: storedFormat, schema: schemaHash(schema) };

test("[C1] [CL7] a mutation that another tab moves out of the outbox while the storage is read is shown, or is in the rows", async () => {
  const call: MutationCall = { ...stamp, name: "f", version: "", nonce: "00".repeat(16), args: {}, time: 1 };
  const poke: StoredPoke = {
    ...stamp,
    parts: 0,
    text: JSON.stringify({ isReset: false, tables: [] }),
    state: { ...firstState, acked: 1 },
    chainBefore: chainStart,
    refused: [],
  };
  const seen = new Set<string>();
  // The start before, between and behind the leader's two writes.
  for (let place = 0; place < 3; place++) {
    const disk = createMemoryDisk();
    const [storage, leader] = [openMemoryStorage(disk), openMemoryStorage(disk)];
    await storage.appendOutbox(call);
    const steps: (() => Promise<unknown>)[] = [
      () => leader.write([putRow("log", [1, closingPart], poke)]),
      () => leader.removeOutbox(1, [putRow("retained", [1], { ...call, n: 1 })]),
    ];
    const start = async (): Promise<void> => {
      const { poke: number, pending, unmoved } = await hydrate(schema, storage, stamp);
      seen.add(`poke ${number}: ${pending.length} pending, ${unmoved.length} unmoved`);
    };
    await Promise.all(steps.toSpliced(place, 0, start).map((step) => step()));
  }
  expect([...seen]).toEqual([
    "poke 0: 1 pending, 0 unmoved",
    "poke 1: 0 pending, 1 unmoved",
    "poke 1: 0 pending, 0 unmoved",
  ]);
});

test("[CL7] [C4] ranges that were stored under a schema with another index say nothing beside those of this one", async () => {
  const poke = (shape: string, ranges: Effect["ranges"], k: number): StoredPoke => ({
    ...stamp,
    schema: shape,
    parts: 0,
    text: JSON.stringify({
      isReset: false,
      tables: [{ table: "notes", rows: [storedRowOf(noteRow(k, "a", "text", 1))], removed: [] }],
      ranges,
    }),
    state: firstState,
    chainBefore: chainStart,
    refused: [],
  });
  const storage = openMemoryStorage(createMemoryDisk());
  const held = { spec: { table: "notes", index: "by_list", prefix: ["a"] }, edge: null };
  const gone = { spec: { table: "notes", index: "by_mood", prefix: ["good"] }, edge: null };
  // The first poke under this schema came while a scope failed: nothing was brought anew.
  await storage.write([
    putRow("log", [1, closingPart], poke("another", [gone], 1)),
    putRow("log", [2, closingPart], poke(stamp.schema, [held], 2)),
  ]);
  const { base, isSchemaSame } = await hydrate(schema, storage, stamp);
  expect([isSchemaSame, [...base.holdings.keys()]]).toEqual([true, [rangeTag(held.spec)]]);
  expect(base.held.rows("notes")).toHaveLength(2);
});
