import { expect, test } from "vitest";
import { schemaHash } from "../schema/index.ts";
import { createMemoryDisk, openMemoryStorage, type ClientStorage } from "../storage/index.ts";
import { schema } from "./fixtures/test-app.ts";
import { hydrate } from "./hydrate.ts";
import { storedFormat, type MutationCall } from "./stored-rows.ts";

test("[C1] [CL7] a mutation that another tab moves out of the outbox while the storage is read is still shown", async () => {
  const storage = openMemoryStorage(createMemoryDisk());
  const stamp = { format: storedFormat, schema: schemaHash(schema) };
  const call: MutationCall = { ...stamp, name: "f", version: "", nonce: "00".repeat(16), args: {}, time: 1 };
  await storage.appendOutbox(call);
  // The leader stores the poke that acknowledges it behind the read of the log, and moves it before the outbox is read.
  const moving: ClientStorage = {
    ...storage,
    list: async (store) => {
      const rows = await storage.list(store);
      if (store === "log") await storage.removeOutbox(1, []);
      return rows;
    },
  };
  const found = await hydrate(schema, moving, stamp);
  expect(found.pending).toEqual([{ n: 1, call }]);
  expect(found.unmoved).toEqual([]);
});
