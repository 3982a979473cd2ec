import { BothyError } from "../errors/index.ts";
import type { KeptDatabase, Replacement } from "./client-storage.ts";
import { missingDatabase, unsentChanges } from "./replacement.ts";
import type { SqliteStatement, SqliteSteps, SqliteValue } from "./sqlite-driver.ts";

const tables = [
  "create table if not exists bothy_database (name text primary key, is_current integer not null, last_n integer not null, fence integer not null, label text)",
  "create unique index if not exists bothy_current on bothy_database (is_current) where is_current = 1",
  "create table if not exists bothy_row (name text, store text, key blob, parts text not null, text text not null, bytes blob, primary key (name, store, key))",
  "create table if not exists bothy_outbox (name text, n integer, text text not null, bytes blob, primary key (name, n))",
];

/** Makes the tables where there are none. */
export function* createTables(): SqliteSteps<void> {
  for (const sql of tables) yield { sql, values: [] };
}

/** Empties the log in front of the file, in which deleted rows lie too. */
export const checkpoint = "pragma wal_checkpoint(truncate)";

const selectKept = "select name, label from bothy_database where is_current = 0";

/** The name of the database that is in place. */
export function* readCurrent(): SqliteSteps<string | undefined> {
  const [row] = yield select("select name from bothy_database where is_current = 1");
  return row && String(row["name"]);
}

/** Puts a new, empty database in place. */
export function* putNew(name: string): SqliteSteps<string> {
  yield { sql: "insert into bothy_database values (?, 1, 0, 0, null)", values: [name] };
  return name;
}

function* deleteDatabase(name: string): SqliteSteps<void> {
  for (const table of ["row", "outbox", "database"]) {
    yield { sql: `delete from bothy_${table} where name = ?`, values: [name] };
  }
}

/** Puts another database in the place of one, unless another process has done so; gives the name of what is in place then. */
export function* replaceCurrent(
  name: string,
  { keep, discardUnsent, open }: Replacement,
  drawName: () => string,
  writes: (next: string) => readonly SqliteStatement[],
): SqliteSteps<string> {
  const current = yield* readCurrent();
  if (current !== undefined && current !== name) return current;
  const [kept] = open === undefined ? [] : yield select(`${selectKept} and name = ?`, open);
  if (open !== undefined && !kept) throw missingDatabase(open);
  const [waiting] = yield select("select count(*) as count from bothy_outbox where name = ?", name);
  const count = Number(waiting?.["count"]);
  if (!keep && !discardUnsent && count > 0) throw unsentChanges(count);
  if (keep) {
    const sql = "update bothy_database set is_current = 0, label = ? where name = ?";
    yield { sql, values: [JSON.stringify(keep), name] };
  } else yield* deleteDatabase(name);
  const next = open ?? drawName();
  if (open === undefined) yield* putNew(next);
  else yield { sql: "update bothy_database set is_current = 1, label = null where name = ?", values: [open] };
  yield* writes(next);
  return next;
}

/** The databases that were put aside. */
export function* listKept(): SqliteSteps<readonly KeptDatabase[]> {
  const rows = yield select(`${selectKept} order by rowid`);
  return rows.map((row) => ({
    ...(JSON.parse(String(row["label"])) as Omit<KeptDatabase, "name">),
    name: String(row["name"]),
  }));
}

/** Deletes a database that was put aside. */
export function* deleteKept(name: string): SqliteSteps<void> {
  const [found] = yield select(`${selectKept} and name = ?`, name);
  if (found) yield* deleteDatabase(name);
}

/** A statement that gives rows. */
export function select(sql: string, ...values: SqliteValue[]): SqliteStatement {
  return { sql, values };
}

/** Says that what is in place is another database, or none. */
export function lostDatabase(): BothyError {
  return new BothyError("storage_lost", {
    message: "Another process has put another database in the place of this one.",
    fix: "Open the storage again.",
  });
}
