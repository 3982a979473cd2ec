import type { Disk } from "../base/index.ts";
import { decodeEntry } from "./lmdb-entry.ts";
import { findLmdbProblem, lmdbHeadBytes } from "./lmdb-file.ts";
import { openEnv, storeDamaged } from "./lmdb-store.ts";
import type { ScannedEntry, StoreScan } from "./store-scan.ts";

/** How a store is opened for looking at all of it. */
export interface ScanOptions {
  readonly disk: Disk;
  readonly folder: string;
}

/**
 * Opens a store that is there without changing it, beside a server that writes if need be. LMDB trusts its pages: one that
 * is damaged can end this process, so that whoever wants to survive opens it in a process of its own.
 */
export async function openLmdbScan({ disk, folder }: ScanOptions): Promise<StoreScan> {
  const path = `${folder}/data.mdb`;
  const sizeBytes = (await disk.stat(path))?.sizeBytes ?? 0;
  const problem =
    sizeBytes === 0 ? "there is no store" : findLmdbProblem(await disk.readAt(path, 0, lmdbHeadBytes), sizeBytes);
  if (problem !== undefined) throw storeDamaged(folder, problem);
  const env = openEnv(folder, { isReadOnly: true });
  const transaction = env.useReadTransaction();
  const decode = (key: Buffer, bytes: Buffer): ScannedEntry => ({
    key: key.toString("latin1"),
    value: decodeEntry(key, bytes),
  });
  return {
    // Counted in the transaction that was begun just now, so it is of the same state.
    entryCount: entryCountOf(env.getStats()),
    entriesFrom: (lower, limit) =>
      Array.from(env.getRange({ start: Buffer.from(lower, "latin1"), limit, transaction }), ({ key, value }) =>
        decode(key, value),
      ),
    read: (key) => {
      const keyBytes = Buffer.from(key, "latin1");
      const bytes = env.get(keyBytes, { transaction });
      return bytes === undefined ? undefined : decode(keyBytes, bytes);
    },
    close: async () => {
      transaction.done();
      await env.close();
    },
  };
}

function entryCountOf(stats: unknown): number | undefined {
  if (typeof stats !== "object" || stats === null || !("entryCount" in stats)) return undefined;
  return typeof stats.entryCount === "number" ? stats.entryCount : undefined;
}
