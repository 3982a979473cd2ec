import type { ClientClock } from "../base/index.ts";
import type { HeldRanges, Order, Row } from "../ranges/index.ts";
import { positionOf, tableOf, type KeyRange, type Schema } from "../schema/index.ts";
import type { StoredRow } from "../storage/index.ts";
import type { Key } from "../values/index.ts";
import { idOf, rowOf, type Effect } from "./base-state.ts";
import { endOf, placeOf, segmentsIn, readSegment, type Directory, type FirstReads, type Segment } from "./segments.ts";

/** How long rows are put into memory before something else may run. */
const sliceMs = 4;
/** How many segments are read at a time. */
const readCount = 8;

/** A read as a transaction makes it. */
export interface RowRead {
  readonly range: KeyRange;
  readonly order: Order;
  readonly limit: number;
}

/** Documents by table and id, each with the number of the poke that changed it last. */
export type ChangedIds = Map<string, Map<string, number>>;

/** What of a device's rows lies in segments, as its storage was found. */
export interface FoundSegments {
  readonly directory: Directory;
  /** Changed since the segments were written: what memory says of these counts, not what a segment says. */
  readonly changed: ChangedIds;
  /** Some of the rows of the segments are in memory already. */
  readonly hasMore: boolean;
}

/** Which rows of the base are on disk only, and the way to get them. They come into memory in place: what is known stays what it is. */
export interface DiskRows {
  readonly changed: ChangedIds;
  /** By which indexes functions have read first rows. */
  readonly firstReads: FirstReads;
  /** Takes over what was found; nothing of it is in memory, except what is there already. */
  adopt(found: FoundSegments): void;
  /** Takes over where the same rows lie now; what is in memory stays there. */
  refresh(found: FoundSegments): void;
  /** Nothing is on disk only. */
  readonly isWhole: boolean;
  /** Notes what a poke changes, before it is applied. */
  note(number: number, effect: Effect): void;
  /** The log up to a poke has become segments: each new one with those whose rows it took over. */
  compacted(number: number, directory: Directory, sources: ReadonlyMap<Segment, readonly Segment[]>): void;
  /** What has to be read before a read that found these rows is right. Later rounds of one run ask for more at a time. */
  lacking(read: RowRead, found: readonly Row[], round: number): readonly Segment[];
  /** Those in which rows of these ranges lie that are on disk only and newer than a version. */
  absentIn(ranges: Iterable<KeyRange>, since: number): readonly Segment[];
  /** Reads segments into memory. Fails if another tab has made them into others meanwhile. */
  load(segments: readonly Segment[]): Promise<void>;
  /** Reads all that fits into the budget, a piece at a time. */
  loadRest(isOver: () => boolean): Promise<void>;
  /** Over the budget, takes what was read longest ago out of memory, except what lies in these ranges. */
  evict(watched: () => Iterable<KeyRange>): void;
}

export interface DiskRowsOptions {
  readonly schema: Schema;
  readonly clock: ClientClock;
  /** How much text of rows is kept in memory. */
  readonly budgetBytes: number;
  readonly read: (segment: number) => Promise<StoredRow>;
  /** Puts rows that are not in memory. */
  readonly fill: (table: string, rows: readonly Row[]) => void;
  /** Puts some of the rows that were filled in into the order of an index; true if none is left. */
  readonly prepare: (table: string, position: number) => boolean;
  /** The rows that are in memory, and what takes one out again. */
  readonly held: () => HeldRanges;
  readonly remove: (table: string, id: string) => void;
}

/** Begins with nothing on disk. */
export function createDiskRows({ schema, clock, budgetBytes, ...memory }: DiskRowsOptions): DiskRows {
  const shelf: Shelf = { directory: new Map(), resident: new Set(), absent: new Set(), residentBytes: 0 };
  const { resident, absent } = shelf;
  let changed: ChangedIds = new Map();
  let resetNumber = 0;
  // Rows may be in memory that only a segment has that is not.
  let hasMore = false;
  const firstReads = new Map<string, Map<string, number>>();

  const fill = (segment: Segment, stored: StoredRow): void => {
    const { table } = segment;
    const ids = changed.get(table);
    const rows = readSegment(stored).map((pair) => rowOf(schema, table, pair));
    const isNew = ({ id }: Row): boolean => !ids?.has(id) && !(hasMore && memory.held().get(table, id));
    memory.fill(table, ids || hasMore ? rows.filter(isNew) : rows);
    place(shelf, segment, true);
  };

  const load = createLoad(absent, { clock, read: memory.read, fill });
  const absentIn = (ranges: Iterable<KeyRange>, since: number): readonly Segment[] => {
    const newer = new Set([...absent].filter(({ version }) => version > since));
    if (newer.size === 0) return [];
    const found = [...ranges].flatMap((range) => segmentsIn(schema, shelf.directory, range));
    return [...new Set(found)].filter((one) => newer.has(one));
  };

  return {
    get changed() {
      return changed;
    },
    adopt(found) {
      changed = found.changed;
      hasMore = found.hasMore;
      replace(shelf, found.directory, () => false);
    },
    refresh(found) {
      const isWhole = absent.size === 0;
      const numbers = new Set([...resident].map(({ number }) => number));
      changed = found.changed;
      replace(shelf, found.directory, ({ number }) => isWhole || numbers.has(number));
      hasMore ||= absent.size > 0;
    },
    get isWhole() {
      return absent.size === 0;
    },
    note(number, { isReset, tables }) {
      if (isReset) {
        resetNumber = number;
        replace(shelf, new Map(), () => false);
      }
      noteChanged(changed, number, { tables });
    },
    compacted(number, next, sources) {
      if (resetNumber <= number) {
        replace(shelf, next, (one) => sources.get(one)?.every((source) => resident.has(source)) ?? resident.has(one));
        hasMore ||= absent.size > 0;
      }
      forgetChanged(changed, number);
    },
    firstReads,
    lacking({ range, order, limit }, found, round) {
      if (limit !== Infinity && range.index !== "by_id") countRead(firstReads, range);
      if (absent.size === 0) return [];
      const inside = segmentsIn(schema, shelf.directory, range);
      if (shelf.residentBytes > budgetBytes) for (const one of inside) if (resident.has(one)) place(shelf, one, true);
      const lacking = inside.filter((one) => absent.has(one));
      const position = positionOf(tableOf(schema, range.table), range.index);
      const lastKey = found.length < limit ? undefined : found[found.length - 1]?.keys[position];
      const all = shelf.directory.get(range.table) ?? [];
      const isInOrder = limit !== Infinity && all[0]?.index === range.index;
      return isInOrder ? firstOf(lacking, all, { order, lastKey, rowCount: limit * 4 ** round }) : lacking;
    },
    absentIn,
    load,
    async loadRest(isOver) {
      while (!isOver()) {
        let roomBytes = budgetBytes - shelf.residentBytes;
        const next = [...absent].slice(0, readCount).filter(({ sizeBytes }) => (roomBytes -= sizeBytes) >= 0);
        if (next.length === 0) break;
        await load(next);
        await turn(clock);
      }
      // What reads of them would have to do first.
      for (const [table, { indexes }] of Object.entries(schema.tables)) {
        for (const position of indexes.keys()) while (!isOver() && !memory.prepare(table, position)) await turn(clock);
      }
    },
    evict(watched) {
      if (shelf.residentBytes <= budgetBytes) return;
      const kept = new Set([...watched()].flatMap((range) => segmentsIn(schema, shelf.directory, range)));
      const out = new Set<Segment>();
      for (const segment of resident) {
        if (shelf.residentBytes <= budgetBytes) break;
        if (kept.has(segment)) continue;
        place(shelf, segment, false);
        out.add(segment);
      }
      removeRows(schema, { directory: shelf.directory, changed, out }, memory);
    },
  };
}

/** Makes the loading of segments that are absent; `fill` makes one present. */
function createLoad(
  absent: ReadonlySet<Segment>,
  { clock, read, fill }: Pick<DiskRowsOptions, "clock" | "read"> & { fill(segment: Segment, stored: StoredRow): void },
): DiskRows["load"] {
  // Loads that meet share what they read.
  const readBySegment = new Map<Segment, Promise<StoredRow>>();
  const storedOf = (segment: Segment): Promise<StoredRow> => {
    const row = readBySegment.get(segment) ?? read(segment.number);
    readBySegment.set(segment, row);
    // Whoever waits for it is told; whoever comes later reads anew.
    row.catch(() => readBySegment.delete(segment));
    return row;
  };
  return async (segments) => {
    let endMs = clock.monotonicMs() + sliceMs;
    try {
      for (const [at, segment] of segments.entries()) {
        // The storage reads on while these are put into memory.
        const ahead = at % readCount === 0 ? segments.slice(at, at + 2 * readCount) : [];
        for (const one of ahead) if (absent.has(one)) void storedOf(one);
        // Another load, or a poke that forgets everything, was faster.
        if (!absent.has(segment)) continue;
        const row = await storedOf(segment);
        if (clock.monotonicMs() > endMs) {
          await turn(clock);
          endMs = clock.monotonicMs() + sliceMs;
        }
        if (absent.has(segment)) fill(segment, row);
        readBySegment.delete(segment);
      }
    } finally {
      for (const one of segments) readBySegment.delete(one);
    }
  };
}

function turn(clock: ClientClock): Promise<void> {
  return new Promise((resolve) => void clock.soon(resolve));
}

/** The segments, and which of them have their rows in memory: the one that was needed longest ago first. */
interface Shelf {
  directory: Directory;
  readonly resident: Set<Segment>;
  readonly absent: Set<Segment>;
  residentBytes: number;
}

function place(shelf: Shelf, segment: Segment, isResident: boolean): void {
  const { resident, absent } = shelf;
  if (resident.delete(segment)) shelf.residentBytes -= segment.sizeBytes;
  absent.delete(segment);
  (isResident ? resident : absent).add(segment);
  if (isResident) shelf.residentBytes += segment.sizeBytes;
}

function replace(shelf: Shelf, directory: Directory, isResident: (segment: Segment) => boolean): void {
  const all = [...directory.values()].flat();
  const residents = new Set(all.filter(isResident));
  shelf.directory = directory;
  shelf.resident.clear();
  shelf.absent.clear();
  shelf.residentBytes = 0;
  for (const segment of all) place(shelf, segment, residents.has(segment));
}

/** Those of the lacking segments that first rows have to be looked for in: enough may be found before the first gap. */
function firstOf(
  lacking: readonly Segment[],
  all: readonly Segment[],
  read: { readonly order: Order; readonly lastKey: Key | undefined; readonly rowCount: number },
): readonly Segment[] {
  const { order, lastKey } = read;
  const inOrder = order === "desc" ? lacking.toReversed() : lacking;
  const [first] = inOrder;
  if (!first) return inOrder;
  if (lastKey !== undefined) {
    const gap = all.indexOf(first);
    if (order === "asc" ? gap > 0 && lastKey < first.lower : lastKey >= endOf(all, gap)) return [];
  }
  // Or in what is read next.
  let { rowCount } = read;
  const count = inOrder.findIndex(({ marks }) => (rowCount -= marks.length) <= 0);
  return count < 0 ? inOrder : inOrder.slice(0, count + 1);
}

/** Notes which documents an effect changes. */
export function noteChanged(changed: ChangedIds, number: number, { tables }: Pick<Effect, "tables">): void {
  for (const { table, rows, removed } of tables) {
    const ids = changed.get(table) ?? new Map<string, number>();
    changed.set(table, ids);
    for (const id of removed) ids.set(id, number);
    for (const [, document] of rows) ids.set(idOf(document), number);
  }
}

function countRead(firstReads: Map<string, Map<string, number>>, { table, index }: KeyRange): void {
  const counts = firstReads.get(table) ?? new Map<string, number>();
  firstReads.set(table, counts.set(index, (counts.get(index) ?? 0) + 1));
}

/** Forgets changes up to a poke. */
function forgetChanged(changed: ChangedIds, number: number): void {
  for (const [table, ids] of changed) {
    for (const [id, at] of ids) if (at <= number) ids.delete(id);
    if (ids.size === 0) changed.delete(table);
  }
}

function removeRows(
  schema: Schema,
  { directory, changed, out }: Omit<FoundSegments, "hasMore"> & { readonly out: ReadonlySet<Segment> },
  memory: Pick<DiskRowsOptions, "held" | "remove">,
): void {
  for (const table of new Set([...out].map((one) => one.table))) {
    const all = directory.get(table) ?? [];
    const position = positionOf(tableOf(schema, table), all[0]?.index ?? "");
    for (const { id, keys } of memory.held().rows(table)) {
      const segment = all[placeOf(all, keys[position] ?? "")];
      if (segment && out.has(segment) && !changed.get(table)?.has(id)) memory.remove(table, id);
    }
  }
}
