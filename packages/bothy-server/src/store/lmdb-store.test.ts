import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNodeDisk } from "../base/index.ts";
import { openLmdbStore } from "./lmdb-store.ts";
import { testStore } from "./store-contract.ts";
import type { Store } from "./store.ts";

const root = mkdtempSync(join(tmpdir(), "bothy-store-"));
let count = 0;
const newFolder = (): string => join(root, String(++count));
const open = (folder: string): Promise<Store> => openLmdbStore(createNodeDisk(), folder);
afterAll(() => rmSync(root, { recursive: true }));

testStore("LMDB", async () => open(newFolder()));

test("[ST7] what was applied is there after reopening", async () => {
  const folder = newFolder();
  const store = await open(folder);
  await store.apply([["a", "1"]], 7);
  await store.close();
  const again = await open(folder);
  expect([again.appliedVersion, again.get("a")]).toEqual([7, "1"]);
  await again.close();
});

test("[ST8] a flipped byte of a value is found when it is read, by key and by range", async () => {
  const folder = newFolder();
  const store = await open(folder);
  await store.apply(
    [
      ["a", "the first value"],
      ["b", "the marked value"],
    ],
    1,
  );
  await store.close();
  const file = join(folder, "data.mdb");
  const bytes = readFileSync(file);
  for (let at = bytes.indexOf("marked"); at >= 0; at = bytes.indexOf("marked", at + 1)) bytes[at] = 0x4d;
  writeFileSync(file, bytes);
  const damaged = await open(folder);
  expect(damaged.get("a")).toBe("the first value");
  expect(() => damaged.get("b")).toThrow(expect.objectContaining({ code: "folder_damaged" }));
  expect(() => damaged.range("a", "c", "asc", 9)).toThrow(expect.objectContaining({ code: "folder_damaged" }));
  expect(damaged.range("a", "b", "asc", 9)).toHaveLength(1);
  await damaged.close();
});

test("[ST8] a file that is cut short or none of LMDB's is refused before LMDB maps it", async () => {
  const folder = newFolder();
  const store = await open(folder);
  await store.apply(
    Array.from({ length: 2_000 }, (_, i) => [`key ${i}`, "x".repeat(100)] as const),
    1,
  );
  await store.close();
  const file = join(folder, "data.mdb");
  const whole = readFileSync(file);
  const contents = [
    whole.subarray(0, 100),
    whole.subarray(0, 4_096),
    whole.subarray(0, whole.length - 4_096),
    Buffer.alloc(whole.length, 3),
    Buffer.from("hello"),
  ];
  for (const content of contents) {
    writeFileSync(file, content);
    await expect(open(folder)).rejects.toMatchObject({ code: "folder_damaged" });
  }
  writeFileSync(file, whole);
  const again = await open(folder);
  expect(again.appliedVersion).toBe(1);
  await again.close();
});

test("[ST7] a snapshot of each of thousands of batches can be open, and all can go on to be read", async () => {
  const folder = newFolder();
  const store = await open(folder);
  const snapshots: ReturnType<Store["snapshot"]>[] = [];
  for (let version = 1; version <= 2_100; version++) {
    await store.apply([["a", String(version)]], version);
    snapshots.push(store.snapshot());
  }
  expect([store.get("a"), snapshots[0]?.get("a"), snapshots.at(-1)?.get("a")]).toEqual(["2100", "1", "2100"]);
  for (const snapshot of snapshots) snapshot.close();
  await store.close();
});
