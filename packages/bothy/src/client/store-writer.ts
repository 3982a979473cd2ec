import type { Outcome } from "../protocol/index.ts";
import type { HeldRanges } from "../ranges/index.ts";
import type { ClientStorage, StorageOperation } from "../storage/index.ts";
import type { Effect } from "./base-state.ts";
import { markDirty, type Hydrated } from "./hydrate.ts";
import { packEffect } from "./log-text.ts";
import { planCompaction } from "./segments.ts";
import { createSerial } from "./serial.ts";
import {
  putRow,
  closingPart,
  type Stamped,
  type StoredBase,
  type StoredPart,
  type StoredPoke,
  type SyncState,
} from "./stored-rows.ts";

/** When the log is made into segments. */
export const compactionLimits: Readonly<
  Record<"logBytesMax" | "logPokesMax" | "delayMs" | "delayAfterDropMs", number>
> = {
  logBytesMax: 1024 * 1024,
  logPokesMax: 64,
  // Quiet time before an ordinary compaction.
  delayMs: 1_000,
  // What was dropped is to leave the disk soon.
  delayAfterDropMs: 50,
};

/** A poke that has been shown and is now to be stored. */
export interface PokeToStore {
  readonly number: number;
  readonly effect: Effect;
  readonly state: SyncState;
  readonly refused: readonly Outcome[];
  /** The nonce chain up to what was acknowledged before. */
  readonly chainBefore: string;
  /** The rows after this poke. */
  readonly held: HeldRanges;
  /** What is written in place of the outbox entries up to this number that the poke acknowledges; undefined: it acknowledges none. */
  readonly moved: { readonly upTo: number; readonly operations: readonly StorageOperation[] } | undefined;
}

/** The leader's hand on the storage: writes in order, each under its fence. */
export interface StoreWriter {
  storePoke(poke: PokeToStore): Promise<void>;
  /** Any other write of the leader, behind all pokes given before it. */
  write(operations: readonly StorageOperation[]): Promise<void>;
  /** Takes acknowledged entries out of the outbox together with what is written in their place. */
  moveOutbox(upTo: number, operations: readonly StorageOperation[]): Promise<void>;
  /** How soon a compaction is due, if one is. */
  compactionDelayMs(): number | undefined;
  compact(): Promise<void>;
  /** Resolves when everything asked for so far has been written or refused. */
  idle(): Promise<void>;
}

/** Takes over a storage as it was found. */
export function createStoreWriter(
  storage: ClientStorage,
  options: { readonly fence: () => number; readonly stamp: Stamped; readonly found: Hydrated },
): StoreWriter {
  const { stamp, found } = options;
  const fenced = (): { readonly fence: number } => ({ fence: options.fence() });
  const { directory, dirty } = found;
  const serial = createSerial();
  let segments: ReadonlyMap<string, readonly string[]> = directory;
  let changed = dirty;
  let log = found.log;
  let hasDropped = false;
  let isBehind = false;
  let stored: { readonly number: number; readonly state: SyncState; readonly held: HeldRanges } | undefined =
    found.state && found.isSchemaSame ? { number: found.poke, state: found.state, held: found.base.held } : undefined;

  const writePoke = async (poke: PokeToStore): Promise<void> => {
    const { parts, closing } = packEffect(poke.effect);
    const rows: { readonly operation: StorageOperation; readonly size: number }[] = parts.map((text, part) => {
      const row: StoredPart = { ...stamp, text };
      return { operation: putRow("log", [poke.number, part], row), size: text.length };
    });
    const { state, refused, chainBefore } = poke;
    const last: StoredPoke = { ...stamp, parts: parts.length, text: closing, state, refused, chainBefore };
    const end: StorageOperation = putRow("log", [poke.number, closingPart], last);
    // Each part in a transaction of its own, then the row that makes them count.
    for (const { operation } of rows) await storage.write([operation], fenced());
    await storage.write([end], fenced());
    log = {
      pokeCount: log.pokeCount + 1,
      bytes: log.bytes + closing.length + rows.reduce((sum, { size }) => sum + size, 0),
    };
    markDirty(changed, segments, poke.effect);
    hasDropped ||= poke.effect.ranges !== undefined && poke.effect.tables.some(({ removed }) => removed.length > 0);
    hasDropped ||= poke.effect.isReset;
    stored = { number: poke.number, state: poke.state, held: poke.held };
  };

  const compact = async (): Promise<void> => {
    const upTo = stored;
    if (!upTo || isBehind) return;
    const plan = planCompaction(upTo.held, changed, segments, stamp);
    changed = new Map();
    try {
      for (const operations of plan.transactions) await storage.write(operations, fenced());
      const base: StoredBase = { ...stamp, poke: upTo.number, state: upTo.state };
      await storage.write(
        [
          putRow("meta", ["base"], base),
          { kind: "delete_range", store: "log", lower: [0], upper: [upTo.number, closingPart] },
        ],
        fenced(),
      );
    } catch (error) {
      // Nobody knows now which segments there are; the next page to open this storage finds out.
      isBehind = true;
      throw error;
    }
    segments = plan.directory;
    log = { pokeCount: 0, bytes: 0 };
    hasDropped = false;
  };

  return {
    storePoke: (poke) =>
      serial.run(async () => {
        try {
          if (isBehind) return;
          await writePoke(poke);
          if (poke.moved) await storage.removeOutbox(poke.moved.upTo, poke.moved.operations, fenced());
        } catch (error) {
          // A poke is missing from the log: nothing newer may follow it. The deployment sends it all again after a reload.
          isBehind = true;
          throw error;
        }
      }),
    write: (operations) =>
      serial.run(async () => {
        if (!isBehind) await storage.write(operations, fenced());
      }),
    moveOutbox: (upTo, operations) =>
      serial.run(async () => {
        if (!isBehind) await storage.removeOutbox(upTo, operations, fenced());
      }),
    compactionDelayMs() {
      if (isBehind) return undefined;
      if (hasDropped) return compactionLimits.delayAfterDropMs;
      const isDue = log.bytes > compactionLimits.logBytesMax || log.pokeCount > compactionLimits.logPokesMax;
      return isDue ? compactionLimits.delayMs : undefined;
    },
    compact: () => serial.run(compact),
    idle: () => serial.run(async () => undefined),
  };
}
