import { assert, BothyError } from "bothy/internal";
import { open, type Database } from "lmdb";
import { crc32, type Disk } from "../base/index.ts";
import { storeFailure } from "./lmdb-failure.ts";
import { findLmdbProblem, lmdbHeadBytes } from "./lmdb-file.ts";
import type { Order, Store, StoreEntry, StoreReader, StoreSnapshot, StoreWrite } from "./store.ts";

type Env = Database<Buffer, Buffer>;
type ReadTransaction = ReturnType<Env["useReadTransaction"]>;

// Below every key of the engine, which begin with a letter.
const appliedKey = "\x00applied";
const checksumBytes = 4;
/**
 * Snapshots that may be open at once: one for each device that is connected, and each of another batch, while devices read
 * what they are sent as slowly as they like. Beyond that LMDB lets nobody read at all.
 */
const readersMax = 32_768;

/** Opens or makes a store on LMDB in a folder of its own. Fails with `folder_damaged` if the file is none of LMDB's. */
export async function openLmdbStore(disk: Disk, folder: string): Promise<Store> {
  await prepareFiles(disk, folder);
  const env = openEnv(folder);
  try {
    return storeOf(env, folder);
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

function openEnv(folder: string): Env {
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
    });
  } catch (cause) {
    throw storeDamaged(folder, "it cannot be opened", cause);
  }
}

function storeOf(env: Env, folder: string): Store {
  const latest = readerOf(env, folder, undefined);
  const stored = latest.get(appliedKey);
  let appliedVersion = stored === undefined ? 0 : Number(stored);
  if (!Number.isSafeInteger(appliedVersion)) throw storeDamaged(folder, "its version is no number");
  return {
    ...latest,
    get appliedVersion() {
      return appliedVersion;
    },
    snapshot: () => openSnapshot(env, folder),
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

/**
 * The value and a checksum over key and value: LMDB's pages have none, and a value must stand under its own key. One
 * buffer holds key, value and checksum, so that all of it is made and summed at once.
 */
function encodeEntry(key: string, value: string): { keyBytes: Buffer; stored: Buffer } {
  const end = key.length + Buffer.byteLength(value, "utf8");
  const bytes = Buffer.allocUnsafe(end + checksumBytes);
  bytes.write(key, 0, "latin1");
  bytes.write(value, key.length, "utf8");
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return { keyBytes: bytes.subarray(0, key.length), stored: bytes.subarray(key.length) };
}

function decodeEntry(folder: string, key: Buffer, bytes: Buffer): string {
  const end = bytes.length - checksumBytes;
  const isWhole = end >= 0 && crc32(bytes.subarray(0, end), crc32(key)) === bytes.readUInt32LE(end);
  if (!isWhole)
    throw storeDamaged(folder, `the value of key ${JSON.stringify(key.toString("latin1"))} is not what was written`);
  return bytes.toString("utf8", 0, end);
}

function openSnapshot(env: Env, folder: string): StoreSnapshot {
  const transaction = env.useReadTransaction();
  let isOpen = true;
  const reader = readerOf(env, folder, transaction);
  return {
    ...reader,
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      transaction.done();
    },
  };
}

function readerOf(env: Env, folder: string, transaction: ReadTransaction | undefined): StoreReader {
  const options = transaction === undefined ? {} : { transaction };
  return {
    get: (key) => {
      const keyBytes = Buffer.from(key, "latin1");
      const bytes = env.get(keyBytes, options);
      return bytes === undefined ? undefined : decodeEntry(folder, keyBytes, bytes);
    },
    range: (lower, upper, order, limit) => {
      const entries: StoreEntry[] = [];
      if (limit <= 0 || lower >= upper) return entries;
      for (const { key, value } of env.getRange({ ...bounds(lower, upper, order), ...options, limit })) {
        entries.push([key.toString("latin1"), decodeEntry(folder, key, value)]);
      }
      return entries;
    },
  };
}

function bounds(lower: string, upper: string, order: Order): Parameters<Env["getRange"]>[0] {
  const [low, high] = [Buffer.from(lower, "latin1"), Buffer.from(upper, "latin1")];
  if (order === "asc") return { start: low, end: high };
  return { start: high, end: low, reverse: true, exclusiveStart: true, inclusiveEnd: true };
}

function storeDamaged(folder: string, what: string, cause?: unknown): BothyError {
  return new BothyError("folder_damaged", {
    message: `The store ${folder} is damaged: ${what}.`,
    fix: `Stop Bothy, check the disk, and remove ${folder}: the store is rebuilt from the log at the next start.`,
    details: { folder },
    ...(cause === undefined ? {} : { cause }),
  });
}
