import type { Json, RangeTag, Version } from "../protocol/index.ts";
import { rangeTag } from "../protocol/index.ts";
import { HeldRanges, stampOf, type Row } from "../ranges/index.ts";
import {
  documentKeys,
  indexOf,
  keyRangeFor,
  projectFields,
  readRangeSpec,
  tableOf,
  widthOf,
  type KeyRange,
  type Schema,
  type TableDefinition,
} from "../schema/index.ts";
import { readValue, encodeValue, freezeDeep, type Document } from "../values/index.ts";

/** A range that this device holds, as it is stored and sent: the edge is the key from which a window is held. */
export interface HeldSpec {
  readonly spec: Json;
  readonly edge: string | null;
  /** How long after the last contact it may be used; absent: without end. */
  readonly leaseMs?: number;
}

/** A held range with what is worked out from its spec. */
export interface Holding extends HeldSpec {
  readonly tag: RangeTag;
  readonly range: KeyRange;
}

/** What this device has of its deployment, at one version: rows and the ranges that it holds. Never changed, only replaced. */
export interface BaseState {
  readonly held: HeldRanges;
  readonly holdings: ReadonlyMap<RangeTag, Holding>;
}

/** What one poke does to the base, with nothing left that depends on the connection that it came over (CL3). */
export interface Effect {
  /** Everything that was held before is forgotten first. */
  readonly isReset: boolean;
  readonly tables: readonly TableChange[];
  /** The ranges that are held afterwards, or how they differ from those before; absent: the same as before. */
  readonly ranges?: readonly HeldSpec[] | RangesChange;
}

/** How the ranges that are held change: of thousands that stay nothing is said. */
export interface RangesChange {
  /** Ranges that are new, or whose edge or lease is another. */
  readonly put: readonly HeldSpec[];
  readonly lost: readonly RangeTag[];
}

/** Rows of one table that are put, as they travel, and ids that are removed. */
export interface TableChange {
  readonly table: string;
  readonly rows: readonly RowJson[];
  readonly removed: readonly string[];
}

/**
 * A row as it is stored and told to other tabs. A whole document has no projection; `stamps` are those of narrower projections
 * in which it is held, too (SY63).
 */
export type RowJson = readonly [
  version: Version,
  document: Json,
  projection?: string | null,
  stamps?: Readonly<Record<string, Version>>,
];

/** The documents whose rows may have changed, by table; `all` when ranges came or went and answers may have become complete. */
export type Changed = "all" | ReadonlyMap<string, ReadonlySet<string>>;

/** A base that holds nothing. */
export function createBase(schema: Schema): BaseState {
  return { held: HeldRanges.create(schema), holdings: new Map() };
}

/** Works out a held range; a spec that this schema does not have fails as its parts do. */
export function createHolding(schema: Schema, held: HeldSpec): Holding {
  const { spec, edge } = held;
  const { only, ...sent } = readRangeSpec(spec);
  const table = tableOf(schema, sent.table);
  // The deployment has checked it where it was granted, as `keyRangeOf` does.
  const range = {
    ...keyRangeFor(table, indexOf(table, sent.index), sent),
    ...(only !== undefined && { projection: only }),
  };
  const isCut = edge !== null && edge > range.lower;
  const cut = isCut ? { ...range, lower: edge < range.upper ? edge : range.upper } : range;
  return { ...held, tag: rangeTag(spec), range: cut };
}

/** Held ranges as they are stored. */
export function heldSpecs(holdings: Iterable<HeldSpec>): readonly HeldSpec[] {
  return Array.from(holdings, ({ spec, edge, leaseMs }) => ({ spec, edge, ...(leaseMs && { leaseMs }) }));
}

/** The id of a document that was sent. */
export function idOf(document: Json): string {
  const id = typeof document === "object" && document !== null && "_id" in document ? document["_id"] : undefined;
  return typeof id === "string" ? id : "";
}

/** Makes the row of a document that was sent or stored. */
export function rowOf(schema: Schema, name: string, [version, json, projection, stamps]: RowJson): Row {
  // Frozen, because functions are given the row itself and not a copy.
  const document = freezeDeep(readValue(json) as Document);
  const table = tableOf(schema, name);
  const row = { id: document._id, version, document, ...(stamps && { stamps }) };
  if (projection == null) return { ...row, keys: documentKeys(table, document) };
  // One that the schema no longer has shows nothing that an index could stand on.
  const shown = table.projections.find((one) => one.name === projection) ?? { name: projection, fields: [] };
  return { ...row, keys: documentKeys(table, document, shown), projection };
}

/** A row by what is compared of it: the commit that last changed what its range shows. */
export type StampedRow = Pick<Row, "id" | "version">;

/** The rows of a range as they are compared. */
export function stampedRows({ held }: BaseState, range: KeyRange): readonly StampedRow[] {
  const { rows } = held.read(range, "asc", Number.POSITIVE_INFINITY);
  return rows.map((row) => ({ id: row.id, version: stampOf(row, range.projection) ?? row.version }));
}

/** A row as it is stored. */
export function storedRowOf({ version, document, projection, stamps }: Row): RowJson {
  const json = encodeValue(document);
  if (stamps) return [version, json, projection ?? null, stamps];
  return projection === undefined ? [version, json] : [version, json, projection];
}

/** An effect once it has been applied. */
export interface Applied {
  readonly base: BaseState;
  readonly changed: Changed;
  /** The same effect, with the rows named that left because their last range did: complete without knowing the ranges. */
  readonly effect: Effect;
}

/** Applies an effect and tells what it may have changed. */
export function applyEffect(schema: Schema, base: BaseState, effect: Effect): Applied {
  const held = effect.isReset ? HeldRanges.create(schema) : base.held.clone();
  const changed = new Map<string, Set<string>>();
  for (const { table, rows, removed } of effect.tables) {
    // A table that this schema no longer has is of no use to this version of the app.
    if (!Object.hasOwn(schema.tables, table)) continue;
    const ids = changed.get(table) ?? new Set();
    changed.set(table, ids);
    for (const id of removed) {
      ids.add(id);
      held.remove(table, id);
    }
    for (const stored of rows) {
      const row = rowOf(schema, table, stored);
      ids.add(row.id);
      held.put(table, row);
    }
  }
  const before = effect.isReset ? new Map<RangeTag, Holding>() : base.holdings;
  if (effect.ranges === undefined) return { base: { held, holdings: before }, changed, effect };
  const { holdings, released } = changeHoldings(schema, held, { before, ranges: effect.ranges });
  const tables = [...effect.tables, ...released];
  return { base: { held, holdings }, changed: "all", effect: { ...effect, tables } };
}

/** How the ranges before a move differ from those after it. */
export function planRangesChange(
  before: ReadonlyMap<RangeTag, HeldSpec>,
  after: Iterable<HeldSpec & { readonly tag?: RangeTag }>,
): RangesChange {
  const lost = new Set(before.keys());
  const put: HeldSpec[] = [];
  for (const one of after) {
    const tag = one.tag ?? rangeTag(one.spec);
    const old = before.get(tag);
    lost.delete(tag);
    if (old?.edge !== one.edge || old.leaseMs !== one.leaseMs) put.push(one);
  }
  return { put: heldSpecs(put), lost: [...lost] };
}

function changeOf(before: ReadonlyMap<RangeTag, HeldSpec>, ranges: readonly HeldSpec[] | RangesChange): RangesChange {
  return "put" in ranges ? ranges : planRangesChange(before, ranges);
}

/** The ranges that are held after some effects, under whatever schema. */
export function rangesAfter(before: readonly HeldSpec[], effects: Iterable<Effect>): readonly HeldSpec[] {
  const byTag = new Map(before.map((one) => [rangeTag(one.spec), one]));
  for (const { ranges } of effects) {
    const { put, lost } = changeOf(byTag, ranges ?? { put: [], lost: [] });
    for (const tag of lost) byTag.delete(tag);
    for (const one of put) byTag.set(rangeTag(one.spec), one);
  }
  return [...byTag.values()];
}

/** What becomes of the ranges held, and those that end or begin anew from another edge. */
export function moveHoldings(
  schema: Schema,
  before: BaseState["holdings"],
  ranges: readonly HeldSpec[] | RangesChange,
): {
  readonly holdings: BaseState["holdings"];
  readonly begun: readonly Holding[];
  readonly ended: readonly Holding[];
} {
  const { put, lost } = changeOf(before, ranges);
  const holdings = new Map(before);
  for (const tag of lost) holdings.delete(tag);
  const ended = lost.flatMap((tag) => before.get(tag) ?? []);
  const begun: Holding[] = [];
  for (const one of put) {
    const holding = createHolding(schema, one);
    const old = holdings.get(holding.tag);
    holdings.set(holding.tag, holding);
    if (old?.edge === holding.edge) continue;
    begun.push(holding);
    if (old) ended.push(old);
  }
  return { holdings, begun, ended };
}

function changeHoldings(
  schema: Schema,
  held: HeldRanges,
  { before, ranges }: { readonly before: BaseState["holdings"]; readonly ranges: readonly HeldSpec[] | RangesChange },
): { readonly holdings: BaseState["holdings"]; readonly released: readonly TableChange[] } {
  const { holdings, begun, ended } = moveHoldings(schema, before, ranges);
  // The new before the old: a row that lies in both must not be dropped in between.
  for (const { range } of begun) held.hold(range);
  const released: TableChange[] = [];
  for (const { range } of ended) {
    const rows: RowJson[] = [];
    const removed: string[] = [];
    for (const row of held.release(range)) {
      const narrow = narrowRow(tableOf(schema, range.table), held, row);
      if (narrow) rows.push(narrow);
      else removed.push(row.id);
    }
    for (const row of rows) held.put(range.table, rowOf(schema, range.table, row));
    if (rows.length + removed.length > 0) released.push({ table: range.table, rows, removed });
  }
  return { holdings, released };
}

/** What is left of a row that is no longer held as widely as it is: what the widest range shows that it still lies in (SY63). */
function narrowRow(table: TableDefinition, held: HeldRanges, row: Row): RowJson | undefined {
  const narrower = table.projections.slice(0, widthOf(table, row.projection));
  const shown = narrower.findLast(({ name }) => held.isInside(table.name, row.keys, name));
  const stamp = shown && stampOf(row, shown.name);
  if (!shown || stamp === undefined) return undefined;
  const { [shown.name]: _, ...stamps } = row.stamps ?? {};
  return [stamp, encodeValue(projectFields(row.document, shown)), shown.name, stamps];
}
