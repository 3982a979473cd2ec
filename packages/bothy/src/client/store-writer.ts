import { isBothyError } from "../errors/index.ts";
import type { ClientStorage, StorageOperation } from "../storage/index.ts";
import type { Core } from "./core.ts";
import type { Hydrated } from "./hydrate.ts";
import type { LeaderListener } from "./leader-listener.ts";
import { createPokeLog, type PokeToStore } from "./poke-log.ts";
import { createSerial } from "./serial.ts";

/** The leader's hand on the storage: writes in order, each under its fence. None rejects: a refusal is told to the listener. */
export interface StoreWriter {
  readonly fence: number;
  /** Makes this leader count over every other one of this storage. */
  raiseFence(): Promise<void>;
  storePoke(poke: PokeToStore): Promise<void>;
  /** Any other write of the leader, behind all pokes given before it. */
  write(operations: readonly StorageOperation[]): Promise<void>;
  /** Takes acknowledged entries out of the outbox together with what is written in their place. */
  moveOutbox(upTo: number, operations: readonly StorageOperation[]): Promise<void>;
  /** Compacts in a quiet moment, if that is due. */
  scheduleCompaction(): void;
  /** Writes what was asked for, and compacts no more. */
  close(): Promise<void>;
}

export interface StoreWriterOptions {
  readonly core: Pick<Core, "stamp" | "world">;
  readonly storage: ClientStorage;
  readonly listener: Pick<LeaderListener, "onReplaced" | "onStorageFailed">;
}

/** Takes over a storage as it was found, under a fence that was raised for this leader. */
export function createStoreWriter(
  { core, storage, listener }: StoreWriterOptions,
  found: Hydrated,
  firstFence: number,
): StoreWriter {
  let fence = firstFence;
  const serial = createSerial();
  const write = (operations: readonly StorageOperation[]): Promise<void> => storage.write(operations, { fence });
  const log = createPokeLog(write, found, core.stamp);
  let isBehind = false;
  let isClosed = false;
  let cancelCompaction: (() => void) | undefined;

  const run = (task: () => Promise<void>, isOfLog = false): Promise<void> =>
    serial.run(async () => {
      if (isBehind) return;
      try {
        await task();
      } catch (error) {
        // With a poke missing from the log nothing newer may follow it, and after half a compaction nobody knows which segments
        // there are. The next page to open this storage finds out, and the deployment sends again what is missing.
        isBehind ||= isOfLog;
        if (isBothyError(error) && error.code === "device_replaced") listener.onReplaced();
        else listener.onStorageFailed(error);
      }
    });

  return {
    get fence() {
      return fence;
    },
    async raiseFence() {
      fence = await storage.raiseFence();
    },
    storePoke: (poke) =>
      run(async () => {
        await log.write(poke);
        if (poke.moved) await storage.removeOutbox(poke.moved.upTo, poke.moved.operations, { fence });
      }, true),
    write: (operations) => run(() => write(operations)),
    moveOutbox: (upTo, operations) => run(() => storage.removeOutbox(upTo, operations, { fence })),
    scheduleCompaction() {
      const delayMs = log.compactionDelayMs();
      if (delayMs === undefined || isBehind || isClosed || cancelCompaction) return;
      cancelCompaction = core.world.clock.after(delayMs, () => {
        cancelCompaction = undefined;
        if (!isClosed) void run(log.compact, true);
      });
    },
    async close() {
      isClosed = true;
      cancelCompaction?.();
      await serial.run(async () => undefined);
    },
  };
}
