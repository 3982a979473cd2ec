import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNodeDisk } from "../base/index.ts";
import { openLmdbStore } from "../store/index.ts";
import { readMeta } from "./engine-meta.ts";
import { commit, deleteDocument, newId, openTestEngine, putDocument, testWorld } from "./test-engine.ts";
import { findBookFaults } from "./verify-books.ts";

const folder = mkdtempSync(join(tmpdir(), "bothy-verify-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("[EN27] a full scan finds the totals of a book right, and names the prefixes whose totals are not", async () => {
  const world = { ...testWorld(), disk: createNodeDisk() };
  const engine = await openTestEngine(world, { folder, store: "lmdb" });
  engine.keepBook({ table: "notes", index: "by_room", equalities: 1 });
  engine.keepBook({ table: "notes", index: "by_id", equalities: 0 });
  const ids = Array.from({ length: 700 }, () => newId("notes"));
  for (const [i, id] of ids.entries())
    commit(engine, putDocument(engine, "notes", { _id: id, room: `r${i % 4}`, rank: i, body: "" }));
  for (const [i, id] of ids.entries()) if (i % 4 === 3) commit(engine, deleteDocument(engine, "notes", id));
  await engine.close();
  const store = await openLmdbStore(createNodeDisk(), `${folder}/store`);
  const findFaults = () =>
    (readMeta(store)?.books ?? []).flatMap((book) => [...findBookFaults(engine.schema, store, book)].filter(Boolean));
  expect(readMeta(store)?.books).toHaveLength(2);
  expect(findFaults()).toEqual([]);
  // One total is gone, one is of rows that are not there.
  const totals = store.range("b", "c", "asc", 10_000).filter(([key]) => key.endsWith("t") && key.includes("\x07r"));
  const [first, , , empty] = totals;
  expect(totals.map(([, total]) => total.split(" ")[2])).toEqual(["175", "175", "175", "0"]);
  const [at, total] = [empty?.[0] ?? "", empty?.[1] ?? ""];
  await store.apply(
    [
      [first?.[0] ?? "", undefined],
      [at, total.replace(" 0 0", " 1 0")],
    ],
    store.appliedVersion,
  );
  expect(findFaults()).toEqual([
    {
      book: { table: "notes", index: "by_room", equalities: 1 },
      prefix: "\x07r0\0",
      kept: expect.stringMatching(/^0 0{16}$/),
      found: expect.stringMatching(/^175 [0-9a-f]{16}$/),
    },
    {
      book: { table: "notes", index: "by_room", equalities: 1 },
      prefix: "\x07r3\0",
      kept: `1 ${"0".repeat(16)}`,
      found: `0 ${"0".repeat(16)}`,
    },
  ]);
  await store.close();
});
