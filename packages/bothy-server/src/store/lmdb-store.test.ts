import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openLmdbStore } from "./lmdb-store.ts";
import { testStore } from "./store-contract.ts";

const root = mkdtempSync(join(tmpdir(), "bothy-store-"));
let count = 0;
const newFolder = (): string => join(root, String(++count));
afterAll(() => rmSync(root, { recursive: true }));

testStore("LMDB", async () => openLmdbStore(newFolder()));

test("[ST7] what was applied is there after reopening", async () => {
  const folder = newFolder();
  const store = openLmdbStore(folder);
  await store.apply([["a", "1"]], 7);
  await store.close();
  const again = openLmdbStore(folder);
  expect([again.appliedVersion, again.get("a")]).toEqual([7, "1"]);
  await again.close();
});

test("[ST8] a flipped byte of a value is found when it is read, by key and by range", async () => {
  const folder = newFolder();
  const store = openLmdbStore(folder);
  await store.apply([["a", "the first value"], ["b", "the marked value"]], 1);
  await store.close();
  const file = join(folder, "data.mdb");
  const bytes = readFileSync(file);
  for (let at = bytes.indexOf("marked"); at >= 0; at = bytes.indexOf("marked", at + 1)) bytes[at] = 0x4d;
  writeFileSync(file, bytes);
  const damaged = openLmdbStore(folder);
  expect(damaged.get("a")).toBe("the first value");
  expect(() => damaged.get("b")).toThrow(expect.objectContaining({ code: "folder_damaged" }));
  expect(() => damaged.range("a", "c", "asc", 9)).toThrow(expect.objectContaining({ code: "folder_damaged" }));
  expect(damaged.range("a", "b", "asc", 9)).toHaveLength(1);
  await damaged.close();
});

test("[ST8] a file that is none of LMDB's is refused", () => {
  const folder = newFolder();
  openLmdbStore(folder);
  const other = `${folder}x`;
  openLmdbStore(other);
  writeFileSync(join(`${folder}y.mdb`), Buffer.alloc(20_000, 7));
  expect(() => openLmdbStore(`${folder}y.mdb`)).toThrow(expect.objectContaining({ code: "folder_damaged" }));
});
