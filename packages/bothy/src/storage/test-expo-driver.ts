import type { AsyncSqliteDatabase, ExecuteSqlite } from "./sqlite.ts";

/** What is used of the database that `openDatabaseAsync` of `expo-sqlite` gives. */
export interface ExpoDatabase {
  getAllAsync(sql: string, values: (string | number | null | Uint8Array)[]): Promise<unknown[]>;
  withExclusiveTransactionAsync(body: (transaction: ExpoDatabase) => Promise<void>): Promise<void>;
  closeAsync(): Promise<void>;
}

/** Brings a database of Expo into the shape that `openSqliteStorage` takes. */
export function expoDriver(database: ExpoDatabase): AsyncSqliteDatabase {
  const executeOn =
    (connection: ExpoDatabase): ExecuteSqlite =>
    (sql, values) =>
      connection.getAllAsync(sql, values);
  return {
    execute: executeOn(database),
    transact: (body) => database.withExclusiveTransactionAsync((transaction) => body(executeOn(transaction))),
    close: () => database.closeAsync(),
  };
}
