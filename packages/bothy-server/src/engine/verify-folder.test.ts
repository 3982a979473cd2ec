import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNodeDisk, createSystemClock } from "../base/index.ts";
import { commit, deleteDocument, newId, openTestEngine, putDocument, testWorld } from "./test-engine.ts";
import { plant, type PlantedStore } from "./test-plant.ts";
import { verifyFolder } from "./verify-folder.ts";
import type { FindingKind } from "./verify-report.ts";

const root = mkdtempSync(join(tmpdir(), "bothy-verify-"));
let folderCount = 0;
afterAll(() => rmSync(root, { recursive: true }));

/** A folder with documents that were written, changed and deleted, records, a book, and a table's worth of each. */
async function makeFolder(): Promise<string> {
  const folder = join(root, String(++folderCount));
  const { log, random, die } = testWorld();
  const world = { clock: createSystemClock(), random, disk: createNodeDisk(), log, die };
  const engine = await openTestEngine(world, { folder, store: "lmdb" });
  engine.keepBook({ table: "notes", index: "by_room", equalities: 1 });
  const ids = Array.from({ length: 40 }, () => newId("notes"));
  for (const [rank, _id] of ids.entries())
    commit(engine, putDocument(engine, "notes", { _id, room: `r${rank % 3}`, rank, body: `message ${rank}` }));
  for (const _id of ids.slice(0, 10))
    commit(engine, putDocument(engine, "notes", { _id, room: "moved", rank: 7, body: "message again" }));
  for (const id of ids.slice(30)) commit(engine, deleteDocument(engine, "notes", id));
  for (const text of ["one", "two", null, "three"])
    engine.commit({ snapshot: engine.version, reads: [], writes: [], records: [{ key: ["count"], text }] });
  engine.commit({ snapshot: engine.version, reads: [], writes: [], records: [{ key: ["other"], text: "x" }] });
  await engine.close();
  return folder;
}

interface Found {
  readonly kinds: readonly FindingKind[];
  readonly messages: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

async function verify(folder: string): Promise<Found> {
  const [kinds, messages, notes]: [FindingKind[], string[], string[]] = [[], [], []];
  const counts: Record<string, number> = {};
  await verifyFolder({
    world: { disk: createNodeDisk(), log: testWorld().log },
    folder,
    isClosed: true,
    extent: "whole",
    reporter: {
      find: (kind, message) => {
        kinds.push(kind);
        messages.push(message);
      },
      note: (text) => notes.push(text),
      checked: (what, count) => (counts[what] = count),
      progress: () => undefined,
    },
  });
  return { kinds, messages, counts, notes };
}

function first(store: PlantedStore, prefix: string, at = 0): readonly [key: string, value: string] {
  const found = store.entries(prefix)[at];
  if (found === undefined) throw new Error(`the store has nothing at ${prefix}`);
  return found;
}

test("[EN33] a folder that is as it was written has no findings, and all of it is counted", async () => {
  const { kinds, messages, counts, notes } = await verify(await makeFolder());
  expect([kinds, messages, notes]).toEqual([[], [], []]);
  expect(counts).toMatchObject({ "of them documents": 30, "of them index entries": 60, "records of the log": 67 });
});

const damages: readonly (readonly [what: string, kind: string, change: (store: PlantedStore) => void])[] = [
  [
    "an index entry that names another document",
    "index_wrong",
    (store) => store.put(first(store, "inotes\0")[0], first(store, "inotes\0", 1)[1]),
  ],
  ["an index entry that is missing", "index_wrong", (store) => store.remove(first(store, "inotes\0")[0])],
  [
    "an index entry of a document that is not there",
    "index_wrong",
    (store) => store.put(`${first(store, "inotes\0")[0]}x`, newId("notes")),
  ],
  [
    "an old text of a document",
    "document_wrong",
    (store) => {
      const [key, value] = first(store, "dnotes\0");
      store.put(key, value.replace("message", "massage"));
    },
  ],
  [
    "an old version of a document",
    "document_wrong",
    (store) => {
      const [key, value] = first(store, "dnotes\0");
      store.put(key, `1${value.slice(value.indexOf(" "))}`);
    },
  ],
  [
    "a document that is lost with all its index entries",
    "document_wrong",
    (store) => {
      const [key, value] = first(store, "dnotes\0");
      const { _id } = JSON.parse(value.slice(value.indexOf(" ") + 1)) as { _id: string };
      for (const [entry, id] of store.entries("inotes\0")) if (id === _id) store.remove(entry);
      store.remove(key);
    },
  ],
  [
    "a document that nobody wrote",
    "document_wrong",
    (store) => {
      const [key, value] = first(store, "dnotes\0");
      store.put(key, `999${value.slice(value.indexOf(" "))}`);
    },
  ],
  ["a record with another text", "record_wrong", (store) => store.put(first(store, "r")[0], '"other"')],
  ["a record that is lost", "record_wrong", (store) => store.remove(first(store, "r")[0])],
  ["a running hash of another log", "hash_wrong", (store) => store.put(first(store, "h", 9)[0], "0".repeat(32))],
  [
    "a wrong digest in a book",
    "book_wrong",
    (store) => {
      const [key, value] = store.entries("b").find(([, text]) => /^\d+ \d+ \d+ [0-9a-f]{16}$/.test(text)) ?? ["", ""];
      store.put(
        key,
        value.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")),
      );
    },
  ],
  ["an entry of no known kind", "entry_damaged", (store) => store.put("zombie", "1")],
];

test.each(damages)("[EN33] [P10] %s is found", async (_what, kind, change) => {
  const folder = await makeFolder();
  await plant(folder, change);
  const { kinds } = await verify(folder);
  expect(kinds).toContain(kind);
});

test("[EN33] [ST8] a flipped bit of any kind of entry, be it a document, an index entry, a record, a book or a hash, is found", async () => {
  const folder = await makeFolder();
  const path = join(folder, "store", "data.mdb");
  const whole = readFileSync(path);
  const keysOfKinds: string[] = [];
  await plant(folder, (store) => {
    for (const kind of ["d", "i", "r", "b", "h", "m"]) keysOfKinds.push(first(store, kind)[0]);
  });
  for (const key of keysOfKinds) {
    const bytes = Buffer.from(whole);
    const keyBytes = Buffer.from(key, "latin1");
    // The value follows its key; pages that are no longer in use hold older copies, which nobody reads.
    for (let at = bytes.indexOf(keyBytes); at >= 0; at = bytes.indexOf(keyBytes, at + 1)) {
      const value = at + keyBytes.length;
      bytes[value] = (bytes[value] ?? 0) ^ 0x04;
    }
    writeFileSync(path, bytes);
    const { kinds } = await verify(folder);
    expect([key, kinds.some((kind) => kind === "entry_damaged" || kind === "store_unreadable")]).toEqual([key, true]);
  }
});
