import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { compareStoredKeys } from "./key-order.ts";
import { packKey, packRow, unpackRow } from "./packed-row.ts";
import { openSqliteStorage, type SqliteValue, type SyncSqliteDatabase } from "./sqlite.ts";
import { describeClientStorage } from "./storage-contract.ts";
import { expoDriver, type ExpoDatabase } from "./test-expo-driver.ts";

const folder = mkdtempSync(join(tmpdir(), "bothy-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const newFile = (): string => join(folder, `${++count}.db`);

describeClientStorage("storage in SQLite with libsql", () => {
  const file = newFile();
  return () => openSqliteStorage(new Database(file));
});

/** libsql as Expo's driver would be: every answer comes later, and a transaction has the connection to itself. */
function answeringLater(database: SyncSqliteDatabase): ExpoDatabase {
  const getAllAsync = async (sql: string, values: SqliteValue[]): Promise<unknown[]> => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    // A native driver waits in a thread of its own; here the only thread would wait for itself.
    if (sql.startsWith("pragma busy_timeout")) return [];
    const statement = database.prepare(sql);
    if (/^(select|pragma)/.test(sql)) return statement.all(...values) as unknown[];
    statement.run(...values);
    return [];
  };
  const connection: ExpoDatabase = {
    getAllAsync,
    async withExclusiveTransactionAsync(body) {
      for (;;) {
        try {
          database.exec("begin immediate");
          break;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
      await body(connection).then(
        () => database.exec("commit"),
        (error: unknown) => {
          database.exec("rollback");
          throw error;
        },
      );
    },
    closeAsync: async () => void database.close(),
  };
  return connection;
}

describeClientStorage("storage in SQLite with a driver that answers later", () => {
  const file = newFile();
  return () => openSqliteStorage(expoDriver(answeringLater(new Database(file, { timeout: 0 }))));
});

const nodeSqlite = await import("node:sqlite" as string).catch(() => undefined);
describe.skipIf(!nodeSqlite)("node:sqlite, which this Node has from 22.13 on", () => {
  describeClientStorage("storage in SQLite with node:sqlite", () => {
    const file = newFile();
    return () => openSqliteStorage(new nodeSqlite.DatabaseSync(file) as SyncSqliteDatabase);
  });
});

test.each([
  ["relaxed", 1],
  ["strict", 2],
] as const)(
  "[C11] [CL29] with %s durability the log in front of the file is synced as SQLite's level %i",
  async (durability, level) => {
    const database = new Database(newFile());
    const storage = await openSqliteStorage(database, { durability });
    expect(database.prepare("pragma synchronous").all()).toEqual([{ synchronous: level }]);
    expect(database.prepare("pragma journal_mode").all()).toEqual([{ journal_mode: "wal" }]);
    await storage.close();
  },
);

test("[CL2] appends that come while one is being written share the next transaction", async () => {
  const database = new Database(newFile());
  const begun: string[] = [];
  const watched: SyncSqliteDatabase = {
    prepare: (sql) => database.prepare(sql),
    exec(sql) {
      begun.push(sql);
      return database.exec(sql);
    },
    close: () => database.close(),
  };
  const storage = await openSqliteStorage(watched);
  begun.length = 0;
  const numbers = await Promise.all(Array.from({ length: 50 }, (_, i) => storage.appendOutbox(i)));
  expect(numbers).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  expect(begun.filter((sql) => sql === "begin immediate")).toHaveLength(2);
});

test("[CL30] a disk without room is storage_full, and nothing of what was refused is stored", async () => {
  const database = new Database(newFile());
  const storage = await openSqliteStorage(database);
  await storage.appendOutbox("a");
  const pages = database.prepare("pragma page_count").all() as { page_count: number }[];
  database.exec(`pragma max_page_count = ${(pages[0]?.page_count ?? 0) + 2}`);
  await expect(storage.appendOutbox("x".repeat(100_000))).rejects.toMatchObject({ code: "storage_full" });
  database.exec("pragma max_page_count = 100000");
  expect(await storage.appendOutbox("b")).toBe(2);
  expect(await storage.listOutbox()).toEqual([
    { n: 1, row: "a" },
    { n: 2, row: "b" },
  ]);
});

test("[CL36] of a database that was deleted, no byte stays in the file or beside it", async () => {
  const file = newFile();
  const storage = await openSqliteStorage(new Database(file));
  await storage.appendOutbox({ text: "the secret of ann" });
  await storage.write([
    {
      kind: "put",
      store: "segment",
      key: ["notes", "a"],
      row: { bytes: new TextEncoder().encode("the secret of ann") },
    },
  ]);
  const isStored = (): boolean =>
    [file, `${file}-wal`].some((path) => existsSync(path) && readFileSync(path).includes("the secret of ann"));
  expect(isStored()).toBe(true);
  const next = await storage.replace({ discardUnsent: true });
  await next.appendOutbox("of ben");
  expect(isStored()).toBe(false);
});

test("[CL27] packed keys order as keys do", () => {
  const part = fc.oneof(
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("", "a", "\u0000", "a\u0000"),
  );
  const key = fc.array(part, { maxLength: 4 });
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(Buffer.compare(packKey(a), packKey(b)))).toBe(Math.sign(compareStoredKeys(a, b)));
    }),
  );
});

test("[CL27] packed rows are unpacked as they were, also those that look like packed ones", () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.uint8Array({ maxLength: 9 }),
  );
  const { row } = fc.letrec((tie) => ({
    row: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("row"), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom("$", "at", "size", "text", "of", "a"), tie("row"), { noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(row, (given) => {
      const { text, bytes } = packRow(given);
      expect(unpackRow(text, bytes ?? new Uint8Array())).toEqual(given);
    }),
  );
  expect(() => packRow({ at: new Date() })).toThrow(expect.objectContaining({ code: "value_invalid" }));
  expect(() => packRow([Number.NaN])).toThrow(expect.objectContaining({ code: "value_invalid" }));
});

test("the guide shows the driver for Expo as it is compiled here", () => {
  const shown = readFileSync(new URL("../../../../docs/guide/sqlite.md", import.meta.url), "utf8");
  const compiled = readFileSync(new URL("test-expo-driver.ts", import.meta.url), "utf8");
  expect(shown).toContain(compiled.replace("./sqlite.ts", "bothy/storage/sqlite").trim());
});
