import { chainStart, type Outcome } from "../protocol/index.ts";
import type { Schema } from "../schema/index.ts";
import type { ClientStorage, OutboxRow, StorageRead, StoredEntry } from "../storage/index.ts";
import {
  applyEffect,
  createBase,
  heldSpecs,
  rangesAfter,
  rowOf,
  type BaseState,
  type Effect,
  type HeldSpec,
} from "./base-state.ts";
import { noteChanged, type FoundSegments } from "./disk-rows.ts";
import { unpackEffect } from "./log-text.ts";
import { directoryOf, readSegment, type Segment } from "./segments.ts";
import type { PendingMutation } from "./overlay.ts";
import { readOlder } from "./read-older.ts";
import {
  closingPart,
  readKept,
  readStored,
  type MutationCall,
  type Stamped,
  type StoredBase,
  type StoredHeader,
  type StoredPart,
  type StoredPoke,
  type SyncState,
} from "./stored-rows.ts";

/** What a client finds in its storage. Rows of segments are read later, when they are needed. */
export interface Hydrated {
  readonly base: BaseState;
  readonly segments: FoundSegments;
  /** Numbers of the stored segments: those that counted at the last compaction, and those that are left over. */
  readonly live: readonly number[];
  readonly leftOver: readonly number[];
  /** Undefined: no poke has ever been stored. */
  readonly state: SyncState | undefined;
  /** Number of the last whole poke. */
  readonly poke: number;
  /** Number of the last poke that is in the segments. */
  readonly compactedPoke: number;
  /** False when the rows were written under another schema or format: they are shown, and everything is asked for again. */
  readonly isSchemaSame: boolean;
  /** Outbox entries that no stored poke acknowledges. */
  readonly pending: readonly PendingMutation[];
  /** Entries that a stored poke acknowledges and that have not been moved out of the outbox yet, with how they were refused. */
  readonly unmoved: readonly { readonly n: number; readonly call: MutationCall }[];
  readonly refused: readonly Outcome[];
  /** The nonce chain before the first of them. */
  readonly chainBefore: string;
  /** All that was held when it was stored, under whatever schema. */
  readonly ranges: readonly HeldSpec[];
  readonly log: LogSize;
  /** What was dropped of this because its lease has run out, and is to be dropped from the storage. */
  readonly locked?: Effect;
}

/** How large the log is: what decides about a compaction. */
export interface LogSize {
  readonly pokeCount: number;
  readonly bytes: number;
}

/** Reads rows, pending mutations and where they stand, as one moment saw them. */
export async function hydrate(schema: Schema, storage: ClientStorage, stamp: Stamped): Promise<Hydrated> {
  const [meta = [], log = [], outbox = [], headers = []] = await storage.read([
    ...whereItStands,
    { store: "segment", bounds: [[0], [1]] },
  ]);
  return await build(schema, { base: baseIn(meta), headers, log, outbox: rowsIn(outbox) }, { stamp, storage });
}

/** Reads again what another tab may have changed since; rows only if a poke was stored meanwhile. */
export async function hydrateAgain(
  schema: Schema,
  storage: ClientStorage,
  { stamp, known }: { readonly stamp: Stamped; readonly known: Hydrated },
): Promise<Hydrated> {
  const [meta = [], log = [], outbox = []] = await storage.read(whereItStands);
  const base = baseIn(meta);
  const last = readLog(log).at(-1)?.number ?? base?.poke ?? 0;
  const isSame = last === known.poke && (base?.poke ?? 0) === known.compactedPoke;
  if (!isSame) return await hydrate(schema, storage, stamp);
  const entries = readOutbox(rowsIn(outbox));
  const acked = known.state?.acked ?? 0;
  return { ...known, pending: entries.filter(({ n }) => n > acked), unmoved: entries.filter(({ n }) => n <= acked) };
}

/** The last compaction, what was stored since, and what waits. */
const whereItStands: readonly StorageRead[] = [
  { store: "meta", bounds: [["base"], ["base"]] },
  { store: "log" },
  { store: "outbox" },
];

function baseIn(meta: readonly StoredEntry[]): StoredBase | undefined {
  return readKept<StoredBase>(meta[0]?.row);
}

function rowsIn(outbox: readonly StoredEntry[]): readonly OutboxRow[] {
  return outbox.map(({ key, row }) => ({ n: Number(key[0]), row }));
}

interface StoredContent {
  readonly base: StoredBase | undefined;
  readonly headers: readonly StoredEntry[];
  readonly log: readonly StoredEntry[];
  readonly outbox: readonly OutboxRow[];
}

async function build(
  schema: Schema,
  content: StoredContent,
  { stamp, storage }: { readonly stamp: Stamped; readonly storage: ClientStorage },
): Promise<Hydrated> {
  const stored = content.base;
  const pokes = readLog(content.log).filter(({ number }) => number > (stored?.poke ?? 0));
  const last = pokes[pokes.length - 1];
  const state = last?.closing.state ?? stored?.state;
  const isOwn = (one?: Stamped): boolean => !one || (one.schema === stamp.schema && one.format === stamp.format);
  const isSchemaSame = isOwn(last?.closing ?? stored);
  const effects = pokes.map(({ parts, closing }) => {
    const effect = unpackEffect({ parts, closing: closing.text });
    if (isOwn(closing)) return effect;
    const tables = effect.tables.map((one) => ({
      ...one,
      rows: one.rows.map((row) => readOlder(schema, one.table, row)),
    }));
    return { ...effect, tables };
  });
  // What stands before a reset counts for nothing, and may be of another schema.
  const resetAt = effects.findLastIndex(({ isReset }) => isReset);
  const numbers = content.headers.map(({ key }) => Number(key[1]));
  const live = new Set(stored?.segments);
  const segments = content.headers.flatMap(({ row }, place): Segment[] => {
    const [header, number = 0] = [readStored<StoredHeader>(row), numbers[place]];
    // A table that the schema no longer has: of no use to this version of the app.
    const isKnown = header && live.has(number) && Object.hasOwn(schema.tables, header.table);
    return isKnown && resetAt < 0 ? [{ ...header, number }] : [];
  });
  const changed: FoundSegments["changed"] = new Map();
  for (const [place, effect] of effects.entries()) noteChanged(changed, pokes[place]?.number ?? 0, effect);
  // Keys of another schema say nothing in this one: then all rows are read at once, and will be written again.
  const isKeyed = segments.every((one) => one.schema === stamp.schema);
  let base = isKeyed ? createBase(schema) : await readAll(schema, storage, { segments, changed });
  // Specs of another schema mean something else in this one, or nothing: its rows are shown, but nothing counts as complete before
  // the first poke under this one, which names all ranges.
  const apply = (effect: Effect, by?: Stamped): void => {
    const isKnown = !effect.ranges || (isSchemaSame && isOwn(by));
    base = applyEffect(schema, base, isKnown ? effect : { ...effect, ranges: [] }).base;
  };
  const ranges = stored?.state.ranges ?? [];
  if (resetAt < 0) apply({ isReset: false, tables: [], ranges }, stored);
  for (const [place, effect] of effects.entries()) if (place >= resetAt) apply(effect, pokes[place]?.closing);
  const texts = pokes.flatMap(({ parts, closing }) => [...parts, closing.text]);
  const acked = state?.acked ?? 0;
  const entries = readOutbox(content.outbox);
  return {
    base,
    segments: { directory: directoryOf(isKeyed ? segments : []), changed, hasMore: false },
    live: [...live],
    leftOver: numbers.filter((number) => !live.has(number)),
    state,
    poke: last?.number ?? stored?.poke ?? 0,
    compactedPoke: stored?.poke ?? 0,
    isSchemaSame,
    pending: entries.filter(({ n }) => n > acked),
    unmoved: entries.filter(({ n }) => n <= acked),
    // An entry is moved before the next poke is stored, so that only the last one can have left some behind.
    chainBefore: last?.closing.chainBefore ?? chainStart,
    ranges: isSchemaSame ? heldSpecs(base.holdings.values()) : rangesAfter(ranges, effects),
    refused: pokes.flatMap(({ closing }) => closing.refused),
    log: { pokeCount: pokes.length, bytes: texts.reduce((sum, text) => sum + text.length, 0) },
  };
}

async function readAll(
  schema: Schema,
  storage: ClientStorage,
  { segments, changed }: { readonly segments: readonly Segment[]; readonly changed: FoundSegments["changed"] },
): Promise<BaseState> {
  const base = createBase(schema);
  for (const { number, table } of segments) {
    for (const pair of readSegment(await storage.get("segment", [1, number]))) {
      const row = rowOf(schema, table, readOlder(schema, table, pair));
      if (changed.get(table)?.has(row.id)) continue;
      base.held.put(table, row);
      noteChanged(changed, 0, { tables: [{ table, rows: [], removed: [row.id] }] });
    }
  }
  return base;
}

/** Reads the outbox entries behind what is acknowledged. */
export async function hydratePending(storage: ClientStorage, acked: number): Promise<readonly PendingMutation[]> {
  return readOutbox(await storage.listOutbox(acked + 1));
}

/** The entries of the outbox that this format understands; others wait for a version of the app that does. */
function readOutbox(rows: readonly OutboxRow[]): readonly { readonly n: number; readonly call: MutationCall }[] {
  return rows.flatMap(({ n, row }) => {
    const call = readKept<MutationCall>(row);
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
      const part = readKept<StoredPart>(row);
      const parts = partsByNumber.get(number) ?? [];
      if (part) parts[place] = part.text;
      partsByNumber.set(number, parts);
      continue;
    }
    const closing = readKept<StoredPoke>(row);
    // Parts beyond its count are left over from a leader that died inside another poke of this number.
    if (closing) pokes.push({ number, parts: (partsByNumber.get(number) ?? []).slice(0, closing.parts), closing });
  }
  return pokes;
}

/** Where a device stands that has never had a poke. */
export const firstState: SyncState = {
  version: 0,
  server: "",
  epoch: "",
  acked: 0,
  chain: chainStart,
  atMs: 0,
};
