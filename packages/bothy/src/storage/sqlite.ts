/**
 * Storage in SQLite, for Node, Electron and native apps: the caller opens the database with a driver of its choice and hands it
 * over (docs/guide/sqlite.md). Each operation is one transaction; write-ahead logging makes a commit survive the end of the
 * process, and `strict` also that of the machine. One file has the databases of all who were signed in on the device.
 */
import { createBrowserWorld, type ClientWorld } from "../base/index.ts";
import { BothyError } from "../errors/index.ts";
import { hexOfBytes } from "../values/index.ts";
import { createAppender, type Append } from "./appender.ts";
import type {
  ClientStorage,
  Durability,
  StorageOperation,
  StorageRead,
  StoredEntry,
  StoredRow,
} from "./client-storage.ts";
import { packKey, packRow, unpackRow } from "./packed-row.ts";
import { closedStorage } from "./replacement.ts";
import { busyWithinMs, openSqliteConnection, type SqliteConnection } from "./sqlite-connection.ts";
import {
  checkpoint,
  createTables,
  deleteKept,
  listKept,
  lostDatabase,
  putNew,
  readCurrent,
  replaceCurrent,
  select,
} from "./sqlite-databases.ts";
import type {
  AsyncSqliteDatabase,
  SqliteRow,
  SqliteStatement,
  SqliteSteps,
  SyncSqliteDatabase,
} from "./sqlite-driver.ts";

export type { ClientStorage } from "./client-storage.ts";
export type { AsyncSqliteDatabase, ExecuteSqlite, SqliteValue, SyncSqliteDatabase } from "./sqlite-driver.ts";

/** How a SQLite database is used. */
export interface SqliteOptions {
  /** When a mutation counts as stored; `relaxed` unless said otherwise. */
  readonly durability?: Durability;
  /** Stands in for chance, in tests. */
  readonly world?: Pick<ClientWorld, "random">;
}

/** Opens the storage in a database of which nothing else uses the tables that begin with `bothy_`. */
export async function openSqliteStorage(
  database: SyncSqliteDatabase | AsyncSqliteDatabase,
  options: SqliteOptions = {},
): Promise<ClientStorage> {
  const connection = openSqliteConnection(database);
  await connection.execute(`pragma busy_timeout = ${busyWithinMs}`);
  await connection.execute("pragma journal_mode = wal");
  // In write-ahead mode NORMAL syncs at checkpoints only, FULL with every commit.
  await connection.execute(`pragma synchronous = ${options.durability === "strict" ? "full" : "normal"}`);
  // What is deleted, such as the database of who signs out, is not to lie on in free pages.
  await connection.execute("pragma secure_delete = on");
  const { random } = options.world ?? createBrowserWorld();
  const parts: Parts = { connection, drawName: () => hexOfBytes(random.bytes(16)) };
  const name = await connection.transact(function* () {
    yield* createTables();
    return (yield* readCurrent()) ?? (yield* putNew(parts.drawName()));
  });
  return openDatabase(parts, name);
}

interface Parts {
  readonly connection: SqliteConnection;
  readonly drawName: () => string;
}

function openDatabase(parts: Parts, name: string): ClientStorage {
  const { connection } = parts;
  const lostListeners = new Set<(error: unknown) => void>();
  let isOpen = true;

  const run = async <T>(steps: () => SqliteSteps<T>): Promise<T> => {
    if (!isOpen) throw closedStorage();
    try {
      return await connection.transact(function* () {
        if ((yield* readCurrent()) !== name) throw lostDatabase();
        return yield* steps();
      });
    } catch (error) {
      if (error instanceof BothyError && error.code === "storage_lost" && isOpen) {
        isOpen = false;
        for (const listener of lostListeners) listener(error);
      }
      throw error;
    }
  };
  const writeFenced = async (
    statements: readonly SqliteStatement[],
    { fence }: { readonly fence?: number } = {},
  ): Promise<void> =>
    run(function* () {
      if (fence !== undefined && (yield* readFence(name)) !== fence)
        throw new BothyError("device_replaced", { message: "Another process leads this device now." });
      yield* statements;
    });
  const moveTo = (next: string): ClientStorage => {
    isOpen = false;
    return openDatabase(parts, next);
  };

  return {
    isDurable: true,
    name,
    get: (store, key) =>
      run(function* () {
        if (isFence(store, key)) return (yield* readFence(name)) || undefined;
        const sql = "select text, bytes from bothy_row where name = ? and store = ? and key = ?";
        const [row] = yield select(sql, name, store, packKey(key));
        return row && rowOf(row);
      }),
    list: (store, bounds) => run(() => listRows(name, { store, bounds })),
    read: (asked) =>
      run(function* () {
        const found: (readonly StoredEntry[])[] = [];
        for (const one of asked) found.push(yield* listRows(name, one));
        return found;
      }),
    write: async (operations, options) =>
      writeFenced(
        operations.map((operation) => statementOf(name, operation)),
        options,
      ),
    appendOutbox: createAppender((batch) => appendAll(run, name, batch)),
    listOutbox: (from = 0) =>
      run(function* () {
        const entries = yield* listOutbox(name, from);
        return entries.map(({ key: [n], row }) => ({ n, row }));
      }),
    removeOutbox: async (upTo, operations, options) => {
      const removal = { sql: "delete from bothy_outbox where name = ? and n <= ?", values: [name, upTo] };
      await writeFenced([removal, ...operations.map((operation) => statementOf(name, operation))], options);
    },
    raiseFence: () =>
      run(function* () {
        yield { sql: "update bothy_database set fence = fence + 1 where name = ?", values: [name] };
        return yield* readFence(name);
      }),
    onLost(listener) {
      lostListeners.add(listener);
      return () => void lostListeners.delete(listener);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await connection.close();
    },
    destroy: async () => {
      await run(function* () {
        for (const table of ["row", "outbox", "database"]) yield { sql: `delete from bothy_${table}`, values: [] };
      });
      isOpen = false;
      await connection.execute(checkpoint);
      await connection.close();
    },
    async replace(replacement) {
      if (!isOpen) throw closedStorage();
      const next = await connection.transact(() =>
        replaceCurrent(name, replacement, parts.drawName, (next) =>
          (replacement.operations ?? []).map((operation) => statementOf(next, operation)),
        ),
      );
      await connection.execute(checkpoint);
      return moveTo(next);
    },
    async reopen() {
      const current = await connection.transact(readCurrent);
      return current === undefined || current === name ? undefined : moveTo(current);
    },
    listKept: () => run(listKept),
    deleteKept: async (kept) => {
      await run(() => deleteKept(kept));
      await connection.execute(checkpoint);
    },
  };
}

function* listOutbox(
  name: string,
  from = 0,
): SqliteSteps<readonly { readonly key: readonly [n: number]; readonly row: StoredRow }[]> {
  const sql = "select n, text, bytes from bothy_outbox where name = ? and n >= ? order by n";
  const rows = yield select(sql, name, from);
  return rows.map((row) => ({ key: [Number(row["n"])], row: rowOf(row) }));
}

function* listRows(name: string, asked: StorageRead): SqliteSteps<readonly StoredEntry[]> {
  if (asked.store === "outbox") return yield* listOutbox(name);
  const { store, bounds } = asked;
  const sql = "select parts, text, bytes from bothy_row where name = ? and store = ?";
  const rows = bounds
    ? yield select(`${sql} and key between ? and ? order by key`, name, store, packKey(bounds[0]), packKey(bounds[1]))
    : yield select(`${sql} order by key`, name, store);
  return rows.map((row) => ({ key: JSON.parse(String(row["parts"])) as (string | number)[], row: rowOf(row) }));
}

function* readFence(name: string): SqliteSteps<number> {
  const [row] = yield select("select fence from bothy_database where name = ?", name);
  return Number(row?.["fence"]);
}

async function appendAll(
  run: <T>(steps: () => SqliteSteps<T>) => Promise<T>,
  name: string,
  batch: readonly Append[],
): Promise<readonly number[]> {
  const packed = batch.map(({ row }) => packRow(row));
  const operations = batch.flatMap((one) => one.operations).map((operation) => statementOf(name, operation));
  return await run(function* () {
    const [row] = yield select("select last_n from bothy_database where name = ?", name);
    let n = Number(row?.["last_n"]);
    const numbers: number[] = [];
    for (const { text, bytes } of packed) {
      numbers.push(++n);
      yield { sql: "insert into bothy_outbox values (?, ?, ?, ?)", values: [name, n, text, bytes] };
    }
    yield { sql: "update bothy_database set last_n = ? where name = ?", values: [n, name] };
    yield* operations;
    return numbers;
  });
}

function statementOf(name: string, operation: StorageOperation): SqliteStatement {
  const { store } = operation;
  switch (operation.kind) {
    case "put": {
      const { text, bytes } = packRow(operation.row);
      const values = [name, store, packKey(operation.key), JSON.stringify(operation.key), text, bytes];
      return { sql: "insert or replace into bothy_row values (?, ?, ?, ?, ?, ?)", values };
    }
    case "delete":
      return {
        sql: "delete from bothy_row where name = ? and store = ? and key = ?",
        values: [name, store, packKey(operation.key)],
      };
    case "delete_range": {
      const values = [name, store, packKey(operation.lower), packKey(operation.upper)];
      return { sql: "delete from bothy_row where name = ? and store = ? and key between ? and ?", values };
    }
  }
}

function rowOf(row: SqliteRow): unknown {
  return unpackRow(String(row["text"]), bytesOf(row["bytes"]));
}

/** Bytes as libsql (buffers), better-sqlite3 (Node's) and others (typed arrays) give them. */
function bytesOf(given: unknown): Uint8Array {
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  return given instanceof Uint8Array ? given : new Uint8Array();
}

function isFence(store: string, [first]: readonly (string | number)[]): boolean {
  return store === "meta" && first === "fence";
}
