import { expect, test } from "vitest";
import { rangeTag, type Json } from "../protocol/index.ts";
import { schemaHash } from "../schema/index.ts";
import { createMemoryDisk, openMemoryStorage } from "../storage/index.ts";
import { applyEffect, storedRowOf, type Effect } from "./base-state.ts";
import { schema } from "./fixtures/test-app.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { chainStart } from "../protocol/index.ts";
import { firstState, hydrate } from "./hydrate.ts";
import { lockFound } from "./leases.ts";
import { closingPart, putRow, storedFormat, type StoredPoke } from "./stored-rows.ts";

const stamp = { format: storedFormat, schema: schemaHash(schema) };
const specOf = (list: string): Json => ({ table: "notes", index: "by_list", prefix: [list] });

test("[CL18] [C9] what a start has locked stays named when more is locked before it is stored", async () => {
  const effect: Effect = {
    isReset: false,
    tables: [
      { table: "notes", rows: [1, 2, 3].map((k) => storedRowOf(noteRow(k, `list ${k}`, "text", 1))), removed: [] },
    ],
    ranges: [
      { spec: specOf("list 1"), edge: null, leaseMs: 1_000 },
      { spec: specOf("list 2"), edge: null, leaseMs: 5_000 },
      { spec: specOf("list 3"), edge: null },
    ],
  };
  const poke: StoredPoke = {
    ...stamp,
    parts: 0,
    text: JSON.stringify(effect),
    state: firstState,
    chainBefore: chainStart,
    refused: [],
  };
  const storage = openMemoryStorage(createMemoryDisk());
  await storage.write([putRow("log", [1, closingPart], poke)]);
  const found = await hydrate(schema, storage, stamp);
  const first = await lockFound(schema, storage, { found, silentMs: 2_000 });
  const second = await lockFound(schema, storage, { found: first, silentMs: 6_000 });
  expect([...second.base.holdings.keys()]).toEqual([rangeTag(specOf("list 3"))]);
  // What is stored and told to other tabs, which hold all of it, comes to the same.
  const told = applyEffect(schema, found.base, second.locked ?? expect.fail("something was locked")).base;
  expect([...told.holdings.keys()]).toEqual([...second.base.holdings.keys()]);
  expect(told.held.rows("notes").map(({ id }) => id)).toEqual(second.base.held.rows("notes").map(({ id }) => id));
});
