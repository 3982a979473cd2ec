import type { ClientWorld } from "../base/index.ts";
import type { KeyRange, Schema } from "../schema/index.ts";
import type { ClientStorage, StorageOperation } from "../storage/index.ts";
import {
  applyEffect,
  createBase,
  rowOf,
  type Applied,
  type BaseState,
  type HeldSpec,
  type Holding,
} from "./base-state.ts";
import { noteChanged } from "./disk-rows.ts";
import type { Hydrated } from "./hydrate.ts";
import { readSegment, segmentsIn } from "./segments.ts";
import { putRow, readKept, type Stamped, type StoredContact } from "./stored-rows.ts";

/** How long this device has been without contact. Its clock may be set back: the time that has passed is not less for that. */
export interface Contact {
  silentMs(): number;
  /** The deployment is there. */
  renew(): void;
  /** What the next start is to know. */
  store(stamp: Stamped): StorageOperation;
}

/** Reads when there was contact last. A device that has never stored it begins now. */
export async function openContact({ clock }: ClientWorld, storage: ClientStorage): Promise<Contact> {
  const stored = readKept<StoredContact>(await storage.get("meta", ["contact"]));
  let atMs = stored?.atMs ?? clock.nowMs();
  let seenMs = stored?.seenMs ?? atMs;
  let seenAt = clock.monotonicMs();
  const nowMs = (): number => {
    const at = clock.monotonicMs();
    seenMs = Math.max(clock.nowMs(), seenMs + at - seenAt);
    seenAt = at;
    return seenMs;
  };
  return {
    silentMs: () => nowMs() - atMs,
    renew() {
      // A clock that was wrong once is believed again.
      atMs = seenMs = clock.nowMs();
      seenAt = clock.monotonicMs();
    },
    store: (stamp) => putRow("meta", ["contact"], { ...stamp, atMs, seenMs: nowMs() } satisfies StoredContact),
  };
}

/** The shortest lease of some ranges; Infinity where there is none. */
export function shortestLeaseMs(ranges: Iterable<HeldSpec>): number {
  let leaseMs = Infinity;
  for (const one of ranges) leaseMs = Math.min(leaseMs, one.leaseMs ?? Infinity);
  return leaseMs;
}

/** The ranges that no lease covers any more. */
export function expiredRanges(base: BaseState, silentMs: number): readonly KeyRange[] {
  return expiredHoldings(base, silentMs).map(({ range }) => range);
}

function expiredHoldings({ holdings }: BaseState, silentMs: number): readonly Holding[] {
  return [...holdings.values()].filter(({ leaseMs = Infinity }) => leaseMs <= silentMs);
}

/** Drops what no lease covers any more (CL18). The rows inside have to be in memory. */
export function dropExpired(schema: Schema, base: BaseState, silentMs: number): Applied {
  const lost = expiredHoldings(base, silentMs).map(({ tag }) => tag);
  return applyEffect(schema, base, { isReset: false, tables: [], ranges: { put: [], lost } });
}

/** Takes what no lease covers any more out of what was found in the storage, before anything is shown. */
export async function lockFound(
  schema: Schema,
  storage: ClientStorage,
  { found, silentMs }: { readonly found: Hydrated; readonly silentMs: number },
): Promise<Hydrated> {
  const { segments, base, isSchemaSame, poke } = found;
  // Ranges of another schema say nothing here but how long their rows may be used.
  if (!isSchemaSame && found.ranges.some(({ leaseMs = Infinity }) => leaseMs <= silentMs)) {
    const locked = { isReset: true, tables: [], ranges: [] };
    return { ...found, base: createBase(schema), segments: { ...segments, directory: new Map() }, locked };
  }
  const expired = expiredRanges(base, silentMs);
  if (expired.length === 0) return found;
  const { directory, changed } = segments;
  const held = base.held.clone();
  for (const { number, table } of new Set(expired.flatMap((range) => segmentsIn(schema, directory, range)))) {
    for (const pair of readSegment(await storage.get("segment", [1, number]))) {
      const row = rowOf(schema, table, pair);
      if (!changed.get(table)?.has(row.id)) held.put(table, row);
    }
  }
  const dropped = dropExpired(schema, { ...base, held }, silentMs);
  noteChanged(changed, poke + 1, dropped.effect);
  // What this tab's start has dropped already is not stored yet.
  const all = [...(found.locked ? [found.locked] : []), dropped.effect];
  return {
    ...found,
    base: dropped.base,
    segments: { ...segments, hasMore: true },
    locked: {
      isReset: false,
      tables: all.flatMap(({ tables }) => tables),
      ranges: { put: [], lost: all.flatMap(({ ranges }) => (ranges && "lost" in ranges ? ranges.lost : [])) },
    },
  };
}
