import type { Outcome } from "../protocol/index.ts";
import type { HeldRanges } from "../ranges/index.ts";
import type { StorageOperation } from "../storage/index.ts";
import type { Effect } from "./base-state.ts";
import { markDirty, type Hydrated } from "./hydrate.ts";
import { packEffect } from "./log-text.ts";
import { planCompaction } from "./segments.ts";
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

/** The pokes since the last compaction, as rows, and what a compaction has to write again. */
export interface PokeLog {
  write(poke: PokeToStore): Promise<void>;
  /** How soon a compaction is due, if one is. */
  compactionDelayMs(): number | undefined;
  compact(): Promise<void>;
}

/** Goes on where the storage was found. */
export function createPokeLog(
  write: (operations: readonly StorageOperation[]) => Promise<void>,
  found: Hydrated,
  stamp: Stamped,
): PokeLog {
  let segments: ReadonlyMap<string, readonly string[]> = found.directory;
  let changed = found.dirty;
  let size = found.log;
  // The pokes that were found may have dropped rows, and the tab before this one ended before it came to a compaction.
  let hasDropped = size.pokeCount > 0;
  let stored: Pick<PokeToStore, "number" | "state" | "held"> | undefined =
    found.state && found.isSchemaSame ? { number: found.poke, state: found.state, held: found.base.held } : undefined;

  return {
    async write({ number, effect, state, refused, chainBefore, held }) {
      const { parts, closing } = packEffect(effect);
      // Each part in a transaction of its own, then the row that makes them count.
      for (const [part, text] of parts.entries()) {
        const row: StoredPart = { ...stamp, text };
        await write([putRow("log", [number, part], row)]);
      }
      const last: StoredPoke = { ...stamp, parts: parts.length, text: closing, state, refused, chainBefore };
      await write([putRow("log", [number, closingPart], last)]);
      const bytes = parts.reduce((sum, { length }) => sum + length, size.bytes + closing.length);
      size = { pokeCount: size.pokeCount + 1, bytes };
      markDirty(changed, segments, effect);
      hasDropped ||= effect.ranges !== undefined && effect.tables.some(({ removed }) => removed.length > 0);
      hasDropped ||= effect.isReset;
      stored = { number, state, held };
    },
    compactionDelayMs() {
      if (hasDropped) return compactionLimits.delayAfterDropMs;
      const isDue = size.bytes > compactionLimits.logBytesMax || size.pokeCount > compactionLimits.logPokesMax;
      return isDue ? compactionLimits.delayMs : undefined;
    },
    async compact() {
      if (!stored) return;
      const { number, state, held } = stored;
      const plan = planCompaction(held, changed, segments, stamp);
      changed = new Map();
      for (const operations of plan.transactions) await write(operations);
      const base: StoredBase = { ...stamp, poke: number, state };
      await write([
        putRow("meta", ["base"], base),
        { kind: "delete_range", store: "log", lower: [0], upper: [number, closingPart] },
      ]);
      segments = plan.directory;
      size = { pokeCount: 0, bytes: 0 };
      hasDropped = false;
    },
  };
}
