import type { World } from "../base/index.ts";
import type { LogPosition } from "../log/index.ts";
import { openLmdbScan, type StoreScan } from "../store/index.ts";
import { readMeta, type EngineMeta } from "./engine-meta.ts";
import { verifyHistory } from "./verify-history.ts";
import type { FindingKind, Reporter } from "./verify-report.ts";
import { verifyEntries, verifyStore } from "./verify-store.ts";
import { verifyBooks } from "./verify-totals.ts";

/** What is verified, and where the result goes. */
export interface VerifyFolderOptions {
  readonly world: Pick<World, "disk" | "log">;
  readonly folder: string;
  /** False while a server may write to it. */
  readonly isClosed: boolean;
  /** `entries`: the store's entries are read with their checksums, and nothing else. */
  readonly extent: "entries" | "whole";
  readonly reporter: Reporter;
}

/**
 * Verifies log and store of a data folder and changes nothing. LMDB trusts its pages, so that reading a damaged store may
 * end the process: `verifyInChild` runs this in one of its own.
 */
export async function verifyFolder(options: VerifyFolderOptions): Promise<void> {
  const { world, folder, reporter, isClosed } = options;
  const scan = await openScan(options);
  if (options.extent === "entries") {
    if (scan !== undefined) await named("store_unreadable", reporter, async () => verifyEntries(scan, reporter));
    return await scan?.close();
  }
  const meta = scan === undefined ? undefined : metaOf(scan, reporter);
  // What a server has applied is durable and whole in the log; what is behind it may be under way.
  const until = isClosed ? undefined : meta?.position;
  const documentCount = await named("store_unreadable", reporter, async () => {
    if (scan === undefined || meta === undefined) return 0;
    const documents = verifyStore(scan, meta.schema, reporter);
    verifyBooks(scan, meta, reporter);
    return documents;
  });
  await named("log_damaged", reporter, async () => {
    const end = await verifyHistory({
      ...world,
      folder: `${folder}/log`,
      // What cannot be read to its end is not held against the log.
      scan: meta === undefined || documentCount === undefined ? undefined : scan,
      appliedVersion: meta?.position.version ?? 0,
      documentCount: documentCount ?? 0,
      until,
      reporter,
    });
    if (meta !== undefined) compareEnds(reporter, meta.position, end?.version ?? 0);
  });
  await scan?.close();
}

function compareEnds(reporter: Reporter, position: LogPosition, lastVersion: number): void {
  if (lastVersion < position.version)
    reporter.find(
      "log_damaged",
      `The log ends with version ${lastVersion}, and the store contains version ${position.version}: acknowledged commits are missing.`,
    );
  else if (lastVersion > position.version)
    reporter.note(
      `The store is ${lastVersion - position.version} versions behind the log; the next start applies them.`,
    );
}

async function openScan({ world, folder, reporter }: VerifyFolderOptions): Promise<StoreScan | undefined> {
  const storeFolder = `${folder}/store`;
  if (((await world.disk.stat(`${storeFolder}/data.mdb`))?.sizeBytes ?? 0) === 0) {
    reporter.note(`There is no store in ${storeFolder}; the next start makes it from the log.`);
    return undefined;
  }
  return await named("store_unreadable", reporter, () => openLmdbScan({ disk: world.disk, folder: storeFolder }));
}

function metaOf(scan: StoreScan, reporter: Reporter): EngineMeta | undefined {
  try {
    const meta = readMeta({ get: (key) => valueAt(scan, key) });
    if (meta === undefined) reporter.find("store_unreadable", "The store does not say what it holds.");
    return meta;
  } catch (error) {
    reporter.find("store_unreadable", `The store does not say what it holds: ${textOf(error)}`);
    return undefined;
  }
}

function valueAt(scan: StoreScan, key: string): string | undefined {
  const found = scan.read(key);
  if (found !== undefined && found.value === undefined) throw new Error(`${key} is not what was written.`);
  return found?.value;
}

/** What fails while something is looked at is a finding about it. */
async function named<T>(kind: FindingKind, reporter: Reporter, task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch (error) {
    reporter.find(kind, textOf(error));
    return undefined;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
