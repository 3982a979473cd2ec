import { BothyError } from "../errors/index.ts";
import {
  driverOf,
  type AsyncSqliteDatabase,
  type SqliteDriver,
  type SqliteSteps,
  type SyncSqliteDatabase,
} from "./sqlite-driver.ts";

/** How long another process may write before this one fails. */
export const busyWithinMs = 5_000;

/** A connection of which one transaction runs at a time; what the driver throws becomes ours. */
export interface SqliteConnection extends Pick<SqliteDriver, "execute" | "close"> {
  transact<T>(steps: () => SqliteSteps<T>): Promise<T>;
}

/** Takes over a database that the app has opened. */
export function openSqliteConnection(database: SyncSqliteDatabase | AsyncSqliteDatabase): SqliteConnection {
  const driver = driverOf(database);
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(task).catch((error: unknown) => {
      throw storageError(error);
    });
    // Its failure belongs to whoever called; here only its end counts.
    last = next.catch(() => undefined);
    return next;
  };
  return {
    transact: (steps) => inTurn(() => driver.transact(steps)),
    execute: (sql) => inTurn(() => driver.execute(sql)),
    close: () => inTurn(() => driver.close()),
  };
}

/** Says what the driver's refusal means: full, held up, or not available. */
function storageError(cause: unknown): unknown {
  if (cause instanceof BothyError) return cause;
  const text = cause instanceof Error ? `${Reflect.get(cause, "code") ?? ""} ${cause.message}` : "";
  if (/SQLITE_FULL|disk is full/i.test(text))
    return new BothyError("storage_full", {
      message: "The disk has no room left.",
      fix: "Free disk space; what was stored stays.",
      cause,
    });
  if (/SQLITE_BUSY|is locked/i.test(text))
    return new BothyError("storage_blocked", {
      message: `Another process has held the database for ${busyWithinMs} ms.`,
      fix: "End the process that writes to it, or try again.",
      cause,
    });
  return new BothyError("storage_unavailable", { message: `SQLite failed: ${text.trim()}`, cause });
}
