/** What SQLite keeps and gives in our tables. */
export type SqliteValue = string | number | null | Uint8Array;

/** A row of a result by the names of its columns; bytes come as drivers like to give them. */
export type SqliteRow = Readonly<Record<string, unknown>>;

/** One statement with its values; a `select` or `pragma` gives rows. */
export interface SqliteStatement {
  readonly sql: string;
  readonly values: readonly SqliteValue[];
}

/** Statements of one transaction, each decided on by the rows of those before it. */
export type SqliteSteps<T> = Generator<SqliteStatement, T, readonly SqliteRow[]>;

/** One connection to a database. `openSqliteStorage` uses it for one transaction at a time. */
export interface SqliteDriver {
  /** Runs the steps as one transaction: all of it is committed when they return, none when they or a statement throw. */
  transact<T>(steps: () => SqliteSteps<T>): Promise<T>;
  /** Runs a statement outside of transactions. */
  execute(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** The shape of `better-sqlite3`, `libsql` and `node:sqlite`: a database that answers at once. */
export interface SyncSqliteDatabase {
  prepare(sql: string): {
    all(...values: SqliteValue[]): unknown;
    run(...values: SqliteValue[]): unknown;
  };
  exec(sql: string): unknown;
  close(): unknown;
}

/** Runs one statement on a connection that answers later. */
export type ExecuteSqlite = (sql: string, values: SqliteValue[]) => Promise<readonly unknown[]>;

/** The shape to bring `expo-sqlite`, `op-sqlite` and others that answer later into. */
export interface AsyncSqliteDatabase {
  /** Runs one statement outside of transactions. */
  readonly execute: ExecuteSqlite;
  /** Runs `body` inside a transaction that nothing else of this connection enters; commits when it has ended, rolls back when it throws. */
  readonly transact: (body: (execute: ExecuteSqlite) => Promise<void>) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

/** Tells the two shapes apart, and brings either into one. */
export function driverOf(database: SyncSqliteDatabase | AsyncSqliteDatabase): SqliteDriver {
  return "prepare" in database ? syncDriver(database) : asyncDriver(database);
}

function syncDriver(database: SyncSqliteDatabase): SqliteDriver {
  const statements = new Map<string, ReturnType<SyncSqliteDatabase["prepare"]>>();
  const run = ({ sql, values }: SqliteStatement): readonly SqliteRow[] => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    // better-sqlite3 refuses to ask for rows where there are none.
    if (sql.startsWith("select")) return rowsOf(statement.all(...values));
    statement.run(...values);
    return [];
  };
  return {
    async transact(steps) {
      // At once from beginning to end: another connection of this process would wait for it without letting it go on.
      database.exec("begin immediate");
      try {
        const running = steps();
        let next = running.next([]);
        while (!next.done) next = running.next(run(next.value));
        database.exec("commit");
        return next.value;
      } catch (error) {
        try {
          database.exec("rollback");
        } catch {
          // SQLite has rolled back by itself, as it does when the disk is full.
        }
        throw error;
      }
    },
    execute: async (sql) => void database.exec(sql),
    close: async () => void database.close(),
  };
}

function asyncDriver(database: AsyncSqliteDatabase): SqliteDriver {
  return {
    async transact<T>(steps: () => SqliteSteps<T>) {
      let result: { readonly value: T } | undefined;
      await database.transact(async (execute) => {
        const running = steps();
        let next = running.next([]);
        while (!next.done) next = running.next(rowsOf(await execute(next.value.sql, [...next.value.values])));
        result = { value: next.value };
      });
      if (!result) throw new Error("The driver ended a transaction before its body had ended.");
      return result.value;
    },
    execute: async (sql) => void (await database.execute(sql, [])),
    close: async () => void (await database.close()),
  };
}

function rowsOf(result: unknown): readonly SqliteRow[] {
  return Array.isArray(result) ? result : [];
}
