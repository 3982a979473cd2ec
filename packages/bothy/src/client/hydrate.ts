import { chainStart, type Outcome } from "../protocol/index.ts";
import type { Schema } from "../schema/index.ts";
import type { ClientStorage, OutboxRow, StoredKey, StoredRow } from "../storage/index.ts";
import { applyEffect, createBase, rowOf, type BaseState, type Effect } from "./base-state.ts";
import { unpackEffect } from "./log-text.ts";
import { segmentPlace, unpackSegment } from "./segments.ts";
import {
  closingPart,
  readStored,
  type MutationCall,
  type Stamped,
  type StoredBase,
  type StoredPart,
  type StoredPoke,
  type StoredSegment,
  type SyncState,
} from "./stored-rows.ts";
import type { PendingMutation } from "./overlay.ts";

/** What a client finds in its storage. */
export interface Hydrated {
  readonly base: BaseState;
  /** Undefined: no poke has ever been stored. */
  readonly state: SyncState | undefined;
  /** Number of the last whole poke. */
  readonly poke: number;
  /** Number of the last poke that is in the segments. */
  readonly compactedPoke: number;
  /** False when the rows were written under another schema: they are shown, and everything is asked for again. */
  readonly isSchemaSame: boolean;
  /** Outbox entries that no stored poke acknowledges. */
  readonly pending: readonly PendingMutation[];
  /** Entries that a stored poke acknowledges and that have not been moved out of the outbox yet, with how they were refused. */
  readonly unmoved: readonly { readonly n: number; readonly call: MutationCall }[];
  readonly refused: readonly Outcome[];
  /** The nonce chain before the first of them. */
  readonly chainBefore: string;
  readonly log: LogSize;
  /** First ids of the stored segments of each table, and ids whose segments have to be written again. */
  readonly directory: Map<string, string[]>;
  readonly dirty: Map<string, Set<string>>;
}

/** How large the log is: what decides about a compaction. */
export interface LogSize {
  readonly pokeCount: number;
  readonly bytes: number;
}

/** How often a read that a compaction went through is repeated. */
const readTryCount = 20;

/** Reads rows, pending mutations and where they stand, as one moment saw them. */
export async function hydrate(schema: Schema, storage: ClientStorage, stamp: Stamped): Promise<Hydrated> {
  for (let tryCount = 1; ; tryCount++) {
    const before = readStored<StoredBase>(await storage.get("meta", ["base"]));
    // Segments before the log: what a compaction has put into a segment is then still in the log that is read after it.
    const segments = await storage.list("segment");
    // Before the log, too: an entry whose poke is stored meanwhile may be in neither of what is read after this.
    const early = await storage.listOutbox();
    const log = await storage.list("log");
    const after = readStored<StoredBase>(await storage.get("meta", ["base"]));
    // A compaction ended in between: some of the log may be in neither of the two that were read.
    if (before?.poke !== after?.poke && tryCount < readTryCount) continue;
    // Last, so that no entry is missed that the log already acknowledges.
    const outbox = await storage.listOutbox();
    return build(schema, { base: after, segments, log, early, outbox }, stamp);
  }
}

/** Reads again what another tab may have changed since; rows only if a poke was stored meanwhile. */
export async function hydrateAgain(
  schema: Schema,
  storage: ClientStorage,
  { stamp, known }: { readonly stamp: Stamped; readonly known: Hydrated },
): Promise<Hydrated> {
  const base = readStored<StoredBase>(await storage.get("meta", ["base"]));
  const log = await storage.list("log");
  const last = readLog(log).at(-1)?.number ?? base?.poke ?? 0;
  const isSame = last === known.poke && (base?.poke ?? 0) === known.compactedPoke;
  if (!isSame) return await hydrate(schema, storage, stamp);
  const entries = readOutbox(await storage.listOutbox());
  const acked = known.state?.acked ?? 0;
  return { ...known, pending: entries.filter(({ n }) => n > acked), unmoved: entries.filter(({ n }) => n <= acked) };
}

interface StoredContent {
  readonly base: StoredBase | undefined;
  readonly segments: readonly { readonly key: StoredKey; readonly row: StoredRow }[];
  readonly log: readonly { readonly key: StoredKey; readonly row: StoredRow }[];
  readonly early: readonly OutboxRow[];
  readonly outbox: readonly OutboxRow[];
}

function build(schema: Schema, content: StoredContent, stamp: Stamped): Hydrated {
  const pokes = readLog(content.log).filter(({ number }) => number > (content.base?.poke ?? 0));
  const last = pokes[pokes.length - 1];
  const state = last?.closing.state ?? content.base?.state;
  const writtenUnder = last?.closing.schema ?? content.base?.schema;
  const isSchemaSame = writtenUnder === undefined || writtenUnder === stamp.schema;
  const dirty = new Map<string, Set<string>>();
  const effects = pokes.map(({ parts, closing }) => unpackEffect({ parts, closing: closing.text }));
  const { rows, directory } = readSegments(schema, content.segments, dirty);
  let base = rows;
  // Specs of another schema may mean something else in this one: its rows are shown, but nothing counts as complete.
  const withRanges = (effect: Effect): Effect => (isSchemaSame || !effect.ranges ? effect : { ...effect, ranges: [] });
  // What stands before a reset counts for nothing, and may be of another schema.
  const resetAt = effects.findLastIndex(({ isReset }) => isReset);
  const ranges = content.base?.state.ranges;
  if (ranges && resetAt < 0) base = applyEffect(schema, base, withRanges({ isReset: false, tables: [], ranges })).base;
  for (const [place, effect] of effects.entries()) {
    markDirty(dirty, directory, effect);
    if (place >= resetAt) base = applyEffect(schema, base, withRanges(effect)).base;
  }
  const texts = pokes.flatMap(({ parts, closing }) => [...parts, closing.text]);
  const acked = state?.acked ?? 0;
  const entries = readOutbox(content.outbox);
  const waiting = [...readOutbox(content.early), ...entries].filter(({ n }) => n > acked);
  return {
    base,
    state,
    poke: last?.number ?? content.base?.poke ?? 0,
    compactedPoke: content.base?.poke ?? 0,
    isSchemaSame,
    pending: [...new Map(waiting.map((entry) => [entry.n, entry])).values()],
    unmoved: entries.filter(({ n }) => n <= acked),
    // An entry is moved before the next poke is stored, so that only the last one can have left some behind.
    chainBefore: last?.closing.chainBefore ?? chainStart,
    refused: pokes.flatMap(({ closing }) => closing.refused),
    log: { pokeCount: pokes.length, bytes: texts.reduce((sum, text) => sum + text.length, 0) },
    directory,
    dirty,
  };
}

/** Reads the outbox entries behind what is acknowledged. */
export async function hydratePending(storage: ClientStorage, acked: number): Promise<readonly PendingMutation[]> {
  return readOutbox(await storage.listOutbox(acked + 1));
}

/** The entries of the outbox that this format understands; others wait for a version of the app that does. */
function readOutbox(rows: readonly OutboxRow[]): readonly { readonly n: number; readonly call: MutationCall }[] {
  return rows.flatMap(({ n, row }) => {
    const call = readStored<MutationCall>(row);
    return call ? [{ n, call }] : [];
  });
}

interface LoggedPoke {
  readonly number: number;
  readonly parts: readonly string[];
  readonly closing: StoredPoke;
}

/** The pokes of the log that are whole; parts without the row that closes them count for nothing. */
function readLog(rows: StoredContent["log"]): readonly LoggedPoke[] {
  const partsByNumber = new Map<number, string[]>();
  const pokes: LoggedPoke[] = [];
  for (const { key, row } of rows) {
    const number = Number(key[0]);
    const place = Number(key[1]);
    if (place !== closingPart) {
      const part = readStored<StoredPart>(row);
      const parts = partsByNumber.get(number) ?? [];
      if (part) parts[place] = part.text;
      partsByNumber.set(number, parts);
      continue;
    }
    const closing = readStored<StoredPoke>(row);
    // Parts beyond its count are left over from a leader that died inside another poke of this number.
    if (closing) pokes.push({ number, parts: (partsByNumber.get(number) ?? []).slice(0, closing.parts), closing });
  }
  return pokes;
}

function readSegments(
  schema: Schema,
  stored: StoredContent["segments"],
  dirty: Map<string, Set<string>>,
): { readonly rows: BaseState; readonly directory: Map<string, string[]> } {
  const base = createBase(schema);
  const directory = new Map<string, string[]>();
  for (const [place, { key, row }] of stored.entries()) {
    const segment = readStored<StoredSegment>(row);
    const { table, first } = segmentPlace(key);
    const next = stored[place + 1];
    const nextPlace = next && segmentPlace(next.key);
    directory.set(table, [...(directory.get(table) ?? []), first]);
    // A table that the schema no longer has: its segments stay until a reset removes them.
    if (!segment || !Object.hasOwn(schema.tables, table)) continue;
    for (const pair of unpackSegment(segment)) {
      const put = rowOf(schema, table, pair);
      // A compaction that was cut off left this row in two segments. It is in the log if they differ.
      if (nextPlace?.table === table && put.id >= nextPlace.first) addTo(dirty, table, first);
      if ((base.held.get(table, put.id)?.version ?? 0) <= put.version) base.held.put(table, put);
    }
  }
  return { rows: base, directory };
}

/** Notes which segments no longer say what the base says. */
export function markDirty(
  dirty: Map<string, Set<string>>,
  directory: ReadonlyMap<string, readonly string[]>,
  effect: Effect,
): void {
  if (effect.isReset) for (const [table, firsts] of directory) for (const first of firsts) addTo(dirty, table, first);
  for (const { table, rows, removed } of effect.tables) {
    for (const id of removed) addTo(dirty, table, id);
    for (const [, document] of rows) addTo(dirty, table, idOfStored(document));
  }
}

function idOfStored(document: unknown): string {
  const id = typeof document === "object" && document !== null && "_id" in document ? document._id : undefined;
  return typeof id === "string" ? id : "";
}

function addTo(dirty: Map<string, Set<string>>, table: string, id: string): void {
  const ids = dirty.get(table) ?? new Set();
  dirty.set(table, ids.add(id));
}

/** Where a device stands that has never had a poke. */
export const firstState: SyncState = {
  version: 0,
  server: "",
  epoch: "",
  acked: 0,
  chain: chainStart,
  ranges: [],
  atMs: 0,
};
