import { expect, test } from "vitest";
import { createMemoryRealm } from "../base/index.ts";
import { chainStart } from "../protocol/index.ts";
import { schemaHash } from "../schema/index.ts";
import { createMemoryDisk, openMemoryStorage, type StorageOperation } from "../storage/index.ts";
import { createBase } from "./base-state.ts";
import { createDiskRows } from "./disk-rows.ts";
import { schema } from "./fixtures/test-app.ts";
import { firstState, hydrate } from "./hydrate.ts";
import { createPokeLog } from "./poke-log.ts";
import { closingPart, putRow, storedFormat, type StoredPoke } from "./stored-rows.ts";

const stamp = { format: storedFormat, schema: schemaHash(schema) };

test.each([
  ["this schema", stamp.schema, true],
  ["another schema, which nothing is written of before a poke has come", "another", false],
])("[CL9] a log that was found is due for a compaction if it is of %s", async (_, written, isDue) => {
  const storage = openMemoryStorage(createMemoryDisk());
  const poke: StoredPoke = {
    ...stamp,
    schema: written,
    parts: 0,
    text: JSON.stringify({ isReset: false, tables: [] }),
    state: firstState,
    chainBefore: chainStart,
    refused: [],
  };
  await storage.write([putRow("log", [1, closingPart], poke)]);
  const { held } = createBase(schema);
  const disk = createDiskRows({
    schema,
    clock: createMemoryRealm().openTab().clock,
    budgetBytes: 0,
    read: (number) => storage.get("segment", [1, number]),
    fill: (table, rows) => held.putNew(table, rows),
    prepare: () => true,
    held: () => held,
    remove: (table, id) => held.remove(table, id),
  });
  const write = (operations: readonly StorageOperation[]): Promise<void> => storage.write(operations);
  const log = createPokeLog({ schema, stamp, disk, storage, write }, await hydrate(schema, storage, stamp));
  expect(log.compactionDelayMs() !== undefined).toBe(isDue);
  await log.compact();
  // Once is enough: it would be due again and again, several times a second.
  expect(log.compactionDelayMs()).toBeUndefined();
});
