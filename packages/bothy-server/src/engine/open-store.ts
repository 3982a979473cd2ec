import { BothyError, isBothyError } from "bothy/internal";
import { createMemoryStore, openLmdbStore, type Store } from "../store/index.ts";
import { readMeta, type EngineMeta } from "./engine-meta.ts";
import type { EngineOptions } from "./engine-options.ts";
import { readStoreMark, writeStoreMark, type StoreMark } from "./store-mark.ts";
import { endsBeforeCheck, findStoreProblem, StoreWatch } from "./store-watch.ts";

/** A store with what it says about itself. */
export interface OpenStore {
  readonly store: Store;
  readonly meta: EngineMeta | undefined;
  /** Present for a store that stands in files. */
  readonly watch?: StoreWatch;
}

/**
 * Opens the store of a data folder. One that is missing, that cannot be opened, that ended the last start, or that was found
 * damaged, is made from the log: it begins empty here. `damage` says why it must not be opened as it is.
 */
export async function openStore(options: EngineOptions, damage?: string): Promise<OpenStore> {
  if (options.store === "memory") return { store: createMemoryStore(), meta: undefined };
  if (options.store !== "lmdb") return { store: options.store, meta: readMeta(options.store) };
  const { world, folder } = options;
  const mark = await readStoreMark(world.disk, folder);
  const hasLog = (await world.disk.list(`${folder}/log`)).length > 0;
  const reason = damage ?? (await reasonToRebuild(options, mark));
  if (reason !== undefined && hasLog) await removeStore(options, reason);
  await writeStoreMark(world.disk, folder, { state: "opening" });
  // A store that is made again owes nothing to how the one before was left.
  const wasClosed = mark?.state !== "in_use" || reason !== undefined;
  const endsBefore = wasClosed ? 0 : mark.endsBefore + 1;
  const opened = await openOrRebuild(options, wasClosed, hasLog);
  await writeStoreMark(world.disk, folder, { state: "in_use", endsBefore });
  return opened;
}

/** Why the store that is there must not be opened, as far as the last process left word of it. */
async function reasonToRebuild(
  { world, folder, onProgress }: EngineOptions,
  mark: StoreMark | undefined,
): Promise<string | undefined> {
  if (mark === undefined) return undefined;
  if (mark.state === "damaged") return mark.reason;
  if (mark.state === "opening") return "the last start ended while it opened the store";
  if (mark.endsBefore < endsBeforeCheck) return undefined;
  onProgress?.("The server has ended several times without closing its store: reading the store whole.");
  return await findStoreProblem(world, folder, "closed");
}

async function openOrRebuild(options: EngineOptions, wasClosed: boolean, hasLog: boolean): Promise<OpenStore> {
  const { world, folder } = options;
  try {
    return await openLmdb(options, new StoreWatch(world, folder, wasClosed));
  } catch (error) {
    if (!hasLog || !isBothyError(error) || error.code !== "folder_damaged") throw error;
    await removeStore(options, error.message);
    return await openLmdb(options, new StoreWatch(world, folder, true));
  }
}

async function removeStore({ world, folder, onProgress }: EngineOptions, reason: string): Promise<void> {
  const storeFolder = `${folder}/store`;
  world.log.warn("The store is not used; it is made from the log again.", { folder: storeFolder, reason });
  onProgress?.("Making the store from the log again.");
  await world.disk.remove(storeFolder);
}

async function openLmdb({ world, folder }: EngineOptions, watch: StoreWatch): Promise<OpenStore> {
  const storeFolder = `${folder}/store`;
  const store = await openLmdbStore(world.disk, storeFolder, watch.condemn);
  try {
    const meta = readMeta(store);
    if (meta === undefined && store.appliedVersion > 0) {
      throw new BothyError("folder_damaged", {
        message: `The store ${storeFolder} does not say what it holds.`,
        fix: `Remove ${storeFolder}: it is made from the log at the next start.`,
      });
    }
    // Nothing is written by it, and LMDB looks at what it writes next while nothing rests on it yet.
    if (store.appliedVersion > 0) await store.apply([], store.appliedVersion);
    return { store, meta, watch };
  } catch (error) {
    await store.close();
    throw error;
  }
}
