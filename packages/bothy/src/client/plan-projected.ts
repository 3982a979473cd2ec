import type { Json, Version } from "../protocol/index.ts";
import { rangeContains, stampOf, type Row } from "../ranges/index.ts";
import {
  documentKeys,
  isIndexInside,
  projectFields,
  widthOf,
  type KeyRange,
  type Projection,
  type TableDefinition,
} from "../schema/index.ts";
import { encodeValue, isPlainObject, readValue, type Document, type Key } from "../values/index.ts";
import { idOf, type BaseState, type Holding, type RowJson, type TableChange } from "./base-state.ts";

/** What a poke says of one range. */
export interface Telling {
  readonly holding: Holding;
  readonly rows: (readonly [Version, Json])[];
  readonly gone: string[];
  readonly leavings: Leaving[];
}

/** A part of a range, and which of the rows held in it have left if they are not listed. The version is their stamp. */
export interface Leaving {
  readonly part: KeyRange;
  readonly hasLeft: (row: { readonly id: string; readonly version: Version }) => boolean;
}

/**
 * What a poke comes to for a table with projections (SY63): one row per id, in the widest range that it lies in. A range in
 * which a row lay, and which says nothing of it, has it as before: what its projection shows has not changed. (Unless its scope has failed; then what
 * the row has left at most as wide a range for is no longer as before.) `base`: undefined if nothing that was held counts.
 */
export function planProjected(
  table: TableDefinition,
  base: BaseState | undefined,
  held: readonly Holding[],
  tellings: readonly Telling[],
): TableChange {
  const indexOfRange = ({ range }: Holding): number => table.indexes.findIndex(({ name }) => name === range.index);
  /** A row lay in a range: by what is held of it, and as the range was then. */
  const lay = (row: Row | undefined, holding: Holding): boolean => {
    const before = base?.holdings.get(holding.tag)?.range;
    return row !== undefined && before !== undefined && rangeContains(before, row.keys[indexOfRange(holding)]);
  };
  /** The narrowest projection that shows why a row has left a range: its key is another, or the edge has passed it. */
  const leftWidthOf = (row: Row | undefined, holding: Holding): number => {
    const position = indexOfRange(holding);
    const index = table.indexes[position];
    if (!index || !rangeContains(holding.range, row?.keys[position])) return widthOf(table, holding.range.projection);
    const width = table.projections.findIndex((one) => isIndexInside(index, one));
    return width < 0 ? table.projections.length : width;
  };
  const toldById = new Map<string, Told>();
  for (const { holding, rows, gone, leavings } of tellings) {
    const { range } = holding;
    const listed = new Set<string>();
    for (const row of rows) {
      const id = idOf(row[1]);
      listed.add(id);
      const told = toldOf(toldById, id);
      told.rows.set(range.projection, row);
      told.by.add(holding);
    }
    const left = new Set<string>();
    for (const { part, hasLeft } of base ? leavings : []) {
      // Also those that are held more narrowly: where they lay may be dropped in this poke.
      const inside = { ...part, projection: table.projections[0]?.name ?? "" };
      for (const row of base?.held.read(inside, "asc", Number.POSITIVE_INFINITY).rows ?? []) {
        const stamp = stampOf(row, range.projection) ?? Number.POSITIVE_INFINITY;
        if (hasLeft({ id: row.id, version: stamp })) left.add(row.id);
      }
    }
    for (const id of [...left, ...gone]) {
      if (listed.has(id)) continue;
      const told = toldOf(toldById, id);
      told.by.add(holding);
      // Of a range that it is known not to lie in any more it has left nothing else.
      const old = base?.held.get(table.name, id);
      if (left.has(id) || lay(old, holding)) told.leftWidth = Math.min(told.leftWidth, leftWidthOf(old, holding));
    }
  }
  const change = { table: table.name, rows: [] as RowJson[], removed: [] as string[] };
  for (const [id, told] of toldById) {
    const old = base?.held.get(table.name, id);
    const isSilent = (name: string | undefined, keys: readonly Key[]): boolean =>
      widthOf(table, name) < told.leftWidth &&
      held.some((one) => {
        if (one.range.table !== table.name || one.range.projection !== name || told.by.has(one)) return false;
        // The edge of a window may have moved across what was not inside, or was.
        return lay(old, one) && rangeContains(one.range, keys[indexOfRange(one)]);
      });
    const row = rowAfter(table, old, told, isSilent);
    if (row) change.rows.push(row);
    else change.removed.push(id);
  }
  return change;
}

interface Told {
  /** By projection: what its ranges list. */
  readonly rows: Map<string | undefined, readonly [Version, Json]>;
  /** The ranges that say something of the row, be it that it left. */
  readonly by: Set<Holding>;
  /** As wide as this it is not as before: projections from here on show that it has left one of those. */
  leftWidth: number;
}

function toldOf(toldById: Map<string, Told>, id: string): Told {
  const told = toldById.get(id) ?? { rows: new Map(), by: new Set(), leftWidth: Number.POSITIVE_INFINITY };
  toldById.set(id, told);
  return told;
}

/** The row in the widest projection in which it is told, or held in silence; undefined: in none. */
function rowAfter(
  table: TableDefinition,
  old: Row | undefined,
  told: Told,
  isSilent: (projection: string | undefined, keys: readonly Key[]) => boolean,
): RowJson | undefined {
  let widest: readonly [Version, Json, string | null] | undefined;
  const stamps: Record<string, Version> = {};
  const chain = [undefined, ...table.projections.toReversed()];
  const part = chain.find((shown) => told.rows.has(shown?.name));
  for (const shown of chain) {
    const name = shown?.name;
    const row = told.rows.get(name);
    let stamp = row?.[0];
    let document = row?.[1] ?? null;
    if (old && !row) {
      let { keys } = old;
      if (!widest) {
        document = encodeValue(shown ? projectFields(old.document, shown) : old.document);
        // The scope of a wider range has failed: of what it shows, this part goes on, perhaps out of the range.
        if (part) {
          document = merged(document, told.rows.get(part.name)?.[1] ?? null, part);
          keys = documentKeys(table, readValue(document) as Document, shown);
        }
      }
      if (isSilent(name, keys)) stamp = stampOf(old, name);
    }
    if (stamp === undefined) continue;
    if (!widest) widest = [stamp, document, name ?? null];
    else if (shown) stamps[shown.name] = stamp;
  }
  return widest && [...widest, stamps];
}

function merged(document: Json, part: Json, { fields }: Projection): Json {
  if (!isPlainObject(document) || !isPlainObject(part)) return document;
  const rest = Object.entries(document).filter(([field]) => !fields.includes(field));
  const all = { ...Object.fromEntries(rest), ...part };
  // In the order of every document, so that a function that walks through the fields meets them as on the server.
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))) as Json;
}
