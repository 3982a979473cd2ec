import { BothyError } from "bothy/internal";
import type { World } from "../base/index.ts";
import { verifyLog } from "../log/index.ts";
import { openLmdbStore } from "../store/index.ts";
import { EngineState } from "./engine-state.ts";
import { decodeLogEntry } from "./log-entry.ts";
import type { OnProgress } from "./schema-change.ts";

/** Where a store is made again; whoever asks for it holds the folder's lock. */
export interface RebuildOptions {
  readonly world: Pick<World, "clock" | "disk" | "log">;
  readonly folder: string;
  readonly onProgress: OnProgress;
}

/**
 * Sets the store aside under another name and makes it from the log, which stays as it is. Returns the folder that the old
 * one stands in, if there was one. If the log cannot be read the old store is put back.
 */
export async function rebuildStore(options: RebuildOptions): Promise<string | undefined> {
  const { world, folder } = options;
  const storeFolder = `${folder}/store`;
  const sizeBytes = (await world.disk.stat(`${storeFolder}/data.mdb`))?.sizeBytes;
  if (sizeBytes === undefined) {
    await fillStore(options, storeFolder);
    return undefined;
  }
  const space = await world.disk.space(folder);
  if (space !== undefined && space.freeBytes < sizeBytes) throw noRoom(folder, sizeBytes, space.freeBytes);
  const stamp = new Date(world.clock.nowMs()).toISOString().replace(/[:.]/g, "-");
  const aside = `${folder}/store-set-aside-${stamp}`;
  await world.disk.rename(storeFolder, aside);
  try {
    await fillStore(options, storeFolder);
  } catch (error) {
    await world.disk.remove(storeFolder);
    await world.disk.rename(aside, storeFolder);
    throw error;
  }
  return aside;
}

async function fillStore({ world, folder, onProgress }: RebuildOptions, storeFolder: string): Promise<void> {
  const { clock, disk, log } = world;
  const store = await openLmdbStore(disk, storeFolder);
  try {
    const onFailure = (error: unknown): never => {
      throw error;
    };
    const state = new EngineState({ store, clock, meta: undefined, onProgress, onFailure });
    await verifyLog({
      disk,
      log,
      folder: `${folder}/log`,
      // What the next start cuts off is no part of the log.
      onTornEnd: () => undefined,
      onRecord: ({ text }, position) => state.replay(decodeLogEntry(text), position),
    });
    await state.layer.drain();
  } finally {
    await store.close();
  }
}

function noRoom(folder: string, sizeBytes: number, freeBytes: number): BothyError {
  const [wanted, free] = [sizeBytes, freeBytes].map((bytes) => Math.ceil(bytes / 1_048_576));
  return new BothyError("disk_full", {
    message: `A second store needs about ${wanted} MB, and the disk of ${folder} has ${free} MB left.`,
    fix: `Make room, or remove ${folder}/store by hand: the next start makes it from the log.`,
  });
}
