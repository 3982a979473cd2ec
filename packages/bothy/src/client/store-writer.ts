import type { ClientClock } from "../base/index.ts";
import type { ClientStorage, StorageOperation } from "../storage/index.ts";
import type { Hydrated } from "./hydrate.ts";
import { createPokeLog, type PokeToStore } from "./poke-log.ts";
import { createSerial } from "./serial.ts";
import type { Stamped } from "./stored-rows.ts";

/** The leader's hand on the storage: writes in order, each under its fence. None rejects: a refusal is told to `onFailed`. */
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

/** Takes over a storage as it was found, under a fence that was raised for this leader. */
export function createStoreWriter(
  storage: ClientStorage,
  found: Hydrated,
  options: {
    readonly fence: number;
    readonly stamp: Stamped;
    readonly clock: ClientClock;
    readonly onFailed: (error: unknown) => void;
  },
): StoreWriter {
  const { stamp, clock, onFailed } = options;
  let { fence } = options;
  const serial = createSerial();
  const write = (operations: readonly StorageOperation[]): Promise<void> => storage.write(operations, { fence });
  const log = createPokeLog(write, found, stamp);
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
        onFailed(error);
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
      cancelCompaction = clock.after(delayMs, () => {
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
