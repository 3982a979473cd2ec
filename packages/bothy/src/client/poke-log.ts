import type { Outcome } from "../protocol/index.ts";
import { readRangeSpec, type Schema } from "../schema/index.ts";
import type { ClientStorage, StorageOperation } from "../storage/index.ts";
import { heldSpecs, type BaseState, type Effect, type HeldSpec } from "./base-state.ts";
import { compactSegments, type CompactionTools } from "./compaction.ts";
import { noteChanged, type ChangedIds, type DiskRows } from "./disk-rows.ts";
import type { Hydrated } from "./hydrate.ts";
import { packEffect } from "./log-text.ts";
import type { Directory } from "./segments.ts";
import {
  deleteRow,
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
  /** What is held after this poke. */
  readonly base: BaseState;
  /** What is written in place of the outbox entries up to this number that the poke acknowledges; undefined: it acknowledges none. */
  readonly moved: OutboxMove | undefined;
}

/** Outbox entries up to a number, and what is written in their place. */
export interface OutboxMove {
  readonly upTo: number;
  readonly operations: readonly StorageOperation[];
}

/** The pokes since the last compaction, as rows, and the segments with all before. */
export interface PokeLog {
  write(poke: PokeToStore): Promise<void>;
  /** Takes notice of a poke that could not be written: the next compaction contains it. */
  skip(poke: PokeToStore): void;
  /** How soon a compaction is due, if one is. */
  compactionDelayMs(): number | undefined;
  /** Makes the log into segments; what is moved, is moved in the transaction with which they begin to count. */
  compact(moved?: OutboxMove): Promise<void>;
}

export interface PokeLogOptions {
  readonly schema: Schema;
  readonly stamp: Stamped;
  readonly disk: DiskRows;
  readonly storage: Pick<ClientStorage, "get">;
  readonly write: (operations: readonly StorageOperation[], moved?: OutboxMove) => Promise<void>;
}

/** Goes on where the storage was found. */
export function createPokeLog({ schema, stamp, disk, storage, write }: PokeLogOptions, found: Hydrated): PokeLog {
  let directory: Directory = found.segments.directory;
  let { live, leftOver } = found;
  // Up to the last poke that came here: what is shown goes on, and may know more than is to be stored.
  let changed: ChangedIds = new Map([...found.segments.changed].map(([table, ids]) => [table, new Map(ids)]));
  let lastSegment = Math.max(0, ...live, ...leftOver);
  let size = found.log;
  // The pokes that were found may have dropped rows, and the tab before this one ended before it came to a compaction.
  let hasDropped = size.pokeCount > 0;
  let last: Pick<PokeToStore, "number" | "state" | "base"> | undefined =
    found.state && found.isSchemaSame ? { number: found.poke, state: found.state, base: found.base } : undefined;
  /** Those of another schema stay as they are until a poke tells of others. */
  let ranges = (): readonly HeldSpec[] => found.ranges;

  const notice = ({ number, effect, state, base }: PokeToStore): void => {
    noteChanged(changed, number, effect);
    const isLess = effect.tables.some(({ removed, rows }) => removed.length > 0 || rows.some(([, , shown]) => shown));
    hasDropped ||= effect.ranges !== undefined && isLess;
    hasDropped ||= effect.isReset;
    if (effect.isReset) directory = new Map();
    last = { number, state, base };
    if (effect.ranges) ranges = () => heldSpecs(base.holdings.values());
  };

  const isLogDue = (): boolean =>
    hasDropped || size.bytes > compactionLimits.logBytesMax || size.pokeCount > compactionLimits.logPokesMax;
  const tools: CompactionTools = {
    schema,
    stamp,
    firstReads: disk.firstReads,
    number: () => ++lastSegment,
    read: (number) => storage.get("segment", [1, number]),
    write,
  };

  return {
    async write(poke) {
      const { number, state, refused, chainBefore } = poke;
      const { parts, closing } = packEffect(poke.effect);
      // Each part in a transaction of its own, then the row that makes them count.
      for (const [part, text] of parts.entries()) {
        const row: StoredPart = { ...stamp, text };
        await write([putRow("log", [number, part], row)]);
      }
      const row: StoredPoke = { ...stamp, parts: parts.length, text: closing, state, refused, chainBefore };
      await write([putRow("log", [number, closingPart], row)]);
      const bytes = parts.reduce((sum, { length }) => sum + length, size.bytes + closing.length);
      size = { pokeCount: size.pokeCount + 1, bytes };
      notice(poke);
    },
    skip: notice,
    compactionDelayMs() {
      // Rows of another schema stay as they are until a poke brings others.
      if (!last && leftOver.length === 0) return undefined;
      if (hasDropped) return compactionLimits.delayAfterDropMs;
      return isLogDue() || leftOver.length > 0 ? compactionLimits.delayMs : undefined;
    },
    async compact(moved) {
      // Tabs that are behind have had until now to read them.
      const gone = leftOver.flatMap((number) => [deleteRow("segment", [0, number]), deleteRow("segment", [1, number])]);
      if (gone.length > 0) await write(gone);
      leftOver = [];
      if (!last) return moved && (await write([], moved));
      if (!moved && !isLogDue()) return;
      const { number, state, base: shown } = last;
      const lastBefore = lastSegment;
      const specs = ranges();
      try {
        const next = await compactSegments(
          shown.held,
          { directory, changed, ranges: specs.map(({ spec }) => readRangeSpec(spec)) },
          tools,
        );
        const segments = new Set([...next.directory.values()].flat().map((one) => one.number));
        const base: StoredBase = {
          ...stamp,
          poke: number,
          state: { ...state, ranges: specs },
          segments: [...segments],
        };
        const operations: readonly StorageOperation[] = [
          putRow("meta", ["base"], base),
          { kind: "delete_range", store: "log", lower: [0], upper: [number, closingPart] },
          // As the first format had them.
          { kind: "delete_range", store: "segment", lower: [""], upper: ["\uffff"] },
        ];
        await write(operations, moved);
        leftOver = live.filter((one) => !segments.has(one));
        live = [...segments];
        directory = next.directory;
        changed = new Map();
        disk.compacted(number, directory, next.sources);
      } catch (error) {
        for (let one = lastBefore + 1; one <= lastSegment; one++) leftOver = [...leftOver, one];
        throw error;
      }
      size = { pokeCount: 0, bytes: 0 };
      hasDropped = false;
    },
  };
}
