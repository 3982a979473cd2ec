import { expect, test } from "vitest";
import { chainStart } from "../protocol/index.ts";
import { schemaHash } from "../schema/index.ts";
import { createMemoryDisk, openMemoryStorage } from "../storage/index.ts";
import { schema } from "./fixtures/test-app.ts";
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
