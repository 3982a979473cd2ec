import { assert, BothyError } from "bothy/internal";
import { open, type Database } from "lmdb";
import type { Disk } from "../base/index.ts";
import { decodeEntry, encodeEntry } from "./lmdb-entry.ts";
import { isPageError, storeFailure } from "./lmdb-failure.ts";
import { findLmdbProblem, lmdbHeadBytes } from "./lmdb-file.ts";
import type { Order, Store, StoreEntry, StoreReader, StoreSnapshot, StoreWrite } from "./store.ts";

type Env = Database<Buffer, Buffer>;
type ReadTransaction = ReturnType<Env["useReadTransaction"]>;

// Below every key of the engine, which begin with a letter.
const appliedKey = "\x00applied";
/**
 * Snapshots that may be open at once: one for each device that is connected, and each of another batch, while devices read
 * what they are sent as slowly as they like. Beyond that LMDB lets nobody read at all.
 */
const readersMax = 32_768;

/**
 * Opens or makes a store on LMDB in a folder of its own. Fails with `folder_damaged` if the file is none of LMDB's; `onDamage` is
 * told of it when a read finds what was not written, before that read throws.
 */
export async function openLmdbStore(
  disk: Disk,
  folder: string,
  onDamage: (error: BothyError) => void = () => undefined,
): Promise<Store> {
  await prepareFiles(disk, folder);
  const env = openEnv(folder, { isReadOnly: false });
  try {
    return storeOf({ env, folder, onDamage });
  } catch (error) {
    await env.close();
    throw error;
  }
}

async function prepareFiles(disk: Disk, folder: string): Promise<void> {
  await disk.makeFolder(folder, 0o700);
  for (const name of ["data.mdb", "lock.mdb"]) {
    const path = `${folder}/${name}`;
    const found = await disk.stat(path);
    // LMDB makes its files readable to all; it takes empty ones that are there.
    if (found === undefined) await disk.writeAtomic(path, new Uint8Array(0), 0o600);
    else if (name === "data.mdb") {
      const problem = findLmdbProblem(await disk.readAt(path, 0, lmdbHeadBytes), found.sizeBytes);
      if (problem !== undefined) throw storeDamaged(folder, `${name}: ${problem}`);
    }
  }
}

/** Opens LMDB's files, which have been looked at before. */
export function openEnv(folder: string, { isReadOnly }: { readonly isReadOnly: boolean }): Env {
  try {
    // A batch is reported once it is synced: from the version that it brings on, and only from there, the log is read.
    return open<Buffer, Buffer>({
      path: folder,
      noSubdir: false,
      encoding: "binary",
      keyEncoding: "binary",
      cache: false,
      overlappingSync: false,
      maxReaders: readersMax,
      maxDbs: 1,
      readOnly: isReadOnly,
    });
  } catch (cause) {
    throw storeDamaged(folder, "it cannot be opened", cause);
  }
}

interface OpenEnv {
  readonly env: Env;
  readonly folder: string;
  readonly onDamage: (error: BothyError) => void;
}

function storeOf(opened: OpenEnv): Store {
  const { env, folder } = opened;
  const latest = readerOf(opened, undefined);
  const stored = latest.get(appliedKey);
  let appliedVersion = stored === undefined ? 0 : Number(stored);
  if (!Number.isSafeInteger(appliedVersion)) throw storeDamaged(folder, "its version is no number");
  return {
    ...latest,
    get appliedVersion() {
      return appliedVersion;
    },
    snapshot: () => openSnapshot(opened),
    apply: async (writes, version) => {
      assert(version >= appliedVersion, "versions of a store do not go back");
      try {
        await env.batch(() => {
          for (const write of writes) put(env, write);
          put(env, [appliedKey, String(version)]);
        });
      } catch (error) {
        throw await storeFailure(error, folder);
      }
      appliedVersion = version;
      // Reads of this very turn must not see the state before.
      env.resetReadTxn();
    },
    close: () => env.close(),
  };
}

function put(env: Env, [key, value]: StoreWrite): void {
  // The promises of single writes are those of the batch, which is awaited.
  if (value === undefined) void env.remove(Buffer.from(key, "latin1"));
  else {
    const { keyBytes, stored } = encodeEntry(key, value);
    void env.put(keyBytes, stored);
  }
}

function valueOf(opened: OpenEnv, key: Buffer, bytes: Buffer): string {
  const value = decodeEntry(key, bytes);
  if (value !== undefined) return value;
  throw damaged(opened, `the value of key ${JSON.stringify(key.toString("latin1"))} is not what was written`);
}

function openSnapshot(opened: OpenEnv): StoreSnapshot {
  const transaction = opened.env.useReadTransaction();
  let isOpen = true;
  const reader = readerOf(opened, transaction);
  return {
    ...reader,
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      transaction.done();
    },
  };
}

function readerOf(opened: OpenEnv, transaction: ReadTransaction | undefined): StoreReader {
  const { env } = opened;
  const options = transaction === undefined ? {} : { transaction };
  return {
    get: (key) =>
      guarded(opened, () => {
        const keyBytes = Buffer.from(key, "latin1");
        const bytes = env.get(keyBytes, options);
        return bytes === undefined ? undefined : valueOf(opened, keyBytes, bytes);
      }),
    range: (lower, upper, order, limit) =>
      guarded(opened, () => {
        const entries: StoreEntry[] = [];
        if (limit <= 0 || lower >= upper) return entries;
        let before: string | undefined;
        for (const { key: keyBytes, value } of env.getRange({ ...bounds(lower, upper, order), ...options, limit })) {
          const key = keyBytes.toString("latin1");
          const isInOrder = before === undefined || (order === "asc" ? before < key : before > key);
          // What stands elsewhere than where it belongs was led to by a damaged page.
          if (!isInOrder || key < lower || key >= upper)
            throw damaged(opened, `key ${JSON.stringify(key)} is out of place`);
          before = key;
          entries.push([key, valueOf(opened, keyBytes, value)]);
        }
        return entries;
      }),
  };
}

/** LMDB has errors of its own for pages that it finds wrong. */
function guarded<T>(opened: OpenEnv, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isPageError(error) ? damaged(opened, `LMDB says ${error.message}`, error) : error;
  }
}

function damaged({ folder, onDamage }: OpenEnv, what: string, cause?: unknown): BothyError {
  const error = storeDamaged(folder, what, cause);
  onDamage(error);
  return error;
}

function bounds(lower: string, upper: string, order: Order): Parameters<Env["getRange"]>[0] {
  const [low, high] = [Buffer.from(lower, "latin1"), Buffer.from(upper, "latin1")];
  if (order === "asc") return { start: low, end: high };
  return { start: high, end: low, reverse: true, exclusiveStart: true, inclusiveEnd: true };
}

/** The error for a store that is not what was written. */
export function storeDamaged(folder: string, what: string, cause?: unknown): BothyError {
  return new BothyError("folder_damaged", {
    message: `The store ${folder} is damaged: ${what}.`,
    fix: "Check the disk, and run `bothy doctor --repair` with the server stopped: the store is made from the log again.",
    details: { folder },
    ...(cause === undefined ? {} : { cause }),
  });
}
