import { isBothyError } from "../errors/index.ts";
import type { ClientStorage, StorageOperation } from "../storage/index.ts";
import type { Core } from "./core.ts";
import type { Hydrated } from "./hydrate.ts";
import type { LeaderListener, SharedPoke } from "./leader-listener.ts";
import { createPokeLog, type OutboxMove, type PokeToStore } from "./poke-log.ts";
import { createSerial } from "./serial.ts";
import type { RejectedCall } from "./stored-rows.ts";

/** How long after a refused write the next one is tried. */
const retryMsMin = 1_000;
const retryMsMax = 60_000;

/** The leader's hand on the storage: writes in order, each under its fence. None rejects: a refusal is told to the listener. */
export interface StoreWriter {
  readonly fence: number;
  /** A write was refused, and has not been made up for. */
  readonly isBehind: boolean;
  /** Makes this leader count over every other one of this storage. */
  raiseFence(): Promise<void>;
  /** Stores a poke that is shown, then what it `again` asks for; the other tabs hear of it once that is written, or refused. */
  storePoke(shared: SharedPoke, rest: RestOfPoke): Promise<void>;
  /** Any other write of the leader, behind all pokes given before it. */
  write(operations: readonly StorageOperation[]): Promise<void>;
  /** Takes acknowledged entries out of the outbox together with what is written in their place. */
  moveOutbox(upTo: number, operations: readonly StorageOperation[]): Promise<void>;
  /** Compacts in a quiet moment, if that is due. */
  scheduleCompaction(): void;
  /** Writes what was asked for, and compacts no more. */
  close(): Promise<void>;
}

/** What a poke is stored with and other tabs are not told. */
export interface RestOfPoke extends Omit<PokeToStore, keyof SharedPoke> {
  readonly again?: readonly StorageOperation[];
}

export interface StoreWriterOptions {
  readonly core: Pick<Core, "disk" | "rejected" | "schema" | "stamp" | "world">;
  readonly storage: ClientStorage;
  readonly listener: Pick<LeaderListener, "onReplaced" | "onStorageBack" | "onStorageFailed" | "onStored">;
}

/** Takes over a storage as it was found, under a fence that was raised for this leader. */
export function createStoreWriter(
  { core, storage, listener }: StoreWriterOptions,
  found: Hydrated,
  firstFence: number,
): StoreWriter {
  let fence = firstFence;
  const serial = createSerial();
  const write = (operations: readonly StorageOperation[], moved?: OutboxMove): Promise<void> =>
    moved
      ? storage.removeOutbox(moved.upTo, [...operations, ...moved.operations], { fence })
      : storage.write(operations, { fence });
  const log = createPokeLog({ ...core, storage, write }, found);
  // Defined while the storage lacks a poke that is shown: what is to be written together with it, the last for each place.
  let missed: { upTo: number; readonly operationByPlace: Map<string, StorageOperation> } | undefined;
  let retryMs = retryMsMin;
  let isClosed = false;
  let isLost = false;
  let cancelCompaction: (() => void) | undefined;
  let cancelRetry: (() => void) | undefined;

  /** Runs a write in its turn. One that is refused, and all after it, are made up for together (`repair`). */
  const run = (
    task: () => Promise<void>,
    { upTo = 0, operations = [] }: Partial<OutboxMove> = {},
    skip?: () => void,
  ): Promise<void> =>
    serial.run(async () => {
      if (!missed) {
        try {
          return await task();
        } catch (error) {
          tell(error);
        }
      }
      skip?.();
      missed ??= { upTo: 0, operationByPlace: new Map() };
      missed.upTo = Math.max(missed.upTo, upTo);
      for (const one of operations) {
        // An answer that is not kept is asked for again.
        if ("key" in one && one.store !== "result") missed.operationByPlace.set(`${one.store} ${one.key.join()}`, one);
      }
      retryLater();
    });
  const tell = (error: unknown): void => {
    const code = isBothyError(error) ? error.code : undefined;
    isLost ||= code === "storage_lost";
    if (code === "device_replaced") listener.onReplaced();
    else listener.onStorageFailed(error);
  };
  const retryLater = (): void => {
    if (isClosed || isLost || cancelRetry) return;
    cancelRetry = core.world.clock.after(retryMs, () => {
      cancelRetry = undefined;
      void serial.run(repair);
    });
    retryMs = Math.min(2 * retryMs, retryMsMax);
  };
  /** What the log lacks is in memory: with a compaction the storage has everything that is shown. */
  const repair = async (): Promise<void> => {
    if (!missed || isClosed) return;
    try {
      const operations = [...missed.operationByPlace.values()].filter((one) => isStillTrue(one, core.rejected.value));
      await log.compact({ upTo: missed.upTo, operations });
    } catch (error) {
      tell(error);
      return retryLater();
    }
    missed = undefined;
    retryMs = retryMsMin;
    listener.onStorageBack();
    schedule();
  };
  const schedule = (): void => {
    const delayMs = log.compactionDelayMs();
    if (delayMs === undefined || missed || isClosed || cancelCompaction) return;
    cancelCompaction = core.world.clock.after(delayMs, () => {
      cancelCompaction = undefined;
      if (!isClosed) void run(() => log.compact()).then(schedule);
    });
  };

  return {
    get fence() {
      return fence;
    },
    get isBehind() {
      return missed !== undefined;
    },
    // In turn with the writes: one that is under way would be refused under the fence that it was given.
    raiseFence: () =>
      serial.run(async () => {
        fence = await storage.raiseFence();
      }),
    async storePoke(shared, rest) {
      const poke = { ...shared, ...rest };
      const { moved, again = [] } = rest;
      await run(
        async () => {
          await log.write(poke);
          if (moved) await write([], moved);
        },
        moved,
        // Nothing newer may follow in the log where a poke is missing.
        () => log.skip(poke),
      );
      if (again.length > 0) await run(() => write(again), { operations: again });
      listener.onStored(shared);
      schedule();
    },
    write: (operations) => run(() => write(operations), { operations }),
    moveOutbox: (upTo, operations) => run(() => write([], { upTo, operations }), { upTo, operations }),
    scheduleCompaction: schedule,
    async close() {
      isClosed = true;
      cancelCompaction?.();
      cancelRetry?.();
      await serial.run(async () => undefined);
    },
  };
}

/** What has been retried or discarded meanwhile does not come back. */
function isStillTrue(one: StorageOperation, rejected: readonly RejectedCall[]): boolean {
  return one.kind !== "put" || one.store !== "rejected" || rejected.some(({ n }) => n === one.key[0]);
}
