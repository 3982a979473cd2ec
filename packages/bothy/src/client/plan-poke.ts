import { rangeNumber } from "../protocol/index.ts";
import type { Chunk, HelloCursor, Json, Poke, PokeHeader, RangeTag, Version } from "../protocol/index.ts";
import { printOfRow, readPrints } from "../ranges/index.ts";
import { tableOf, type Schema } from "../schema/index.ts";
import type { Key } from "../values/index.ts";
import {
  createHolding,
  heldSpecs,
  idOf,
  stampedRows,
  type BaseState,
  type Effect,
  type HeldSpec,
  type Holding,
  type TableChange,
} from "./base-state.ts";
import { planProjected, type Leaving, type Telling } from "./plan-projected.ts";

/** What a connection has been granted so far, by the numbers that its pokes use. Never changed, only replaced. */
export interface Grants {
  readonly holdingByNumber: ReadonlyMap<number, Holding>;
  /** What the hello's cursor lists. */
  readonly offered: HelloCursor["ranges"];
  /** False until the poke that answers the hello has been applied. */
  readonly isAnswered: boolean;
  /** Ranges held from before that no grant has named, kept because a scope failed (SY13). */
  readonly frozen: readonly HeldSpec[];
}

/** The grants of a connection that has just been welcomed. */
export const noGrants: Grants = { holdingByNumber: new Map(), offered: [], isAnswered: false, frozen: [] };

/** A poke with all of its parts together. */
export interface WholePoke {
  readonly header: PokeHeader;
  readonly chunks: readonly Chunk[];
}

/** A poke that brings nothing: what it still does is to settle frozen ranges. */
export function emptyPoke(to: Version): WholePoke {
  return { header: { type: "poke", to }, chunks: [] };
}

/** What a poke comes to: its effect, or that the deployment takes this device to hold what it does not. */
export type PokePlan = EffectPlan | { readonly kind: "out_of_step" };

/** What a poke does. */
export interface EffectPlan {
  readonly kind: "effect";
  readonly effect: Effect;
  readonly grants: Grants;
  /** Ranges of which it is not known what has left. */
  readonly compare: readonly number[];
}

/** Puts the parts of a poke together (SY6). */
export function joinParts(parts: readonly Poke[]): WholePoke {
  const last = parts[parts.length - 1]?.header;
  const collect = <T>(field: (header: PokeHeader) => readonly T[] | undefined): readonly T[] =>
    parts.flatMap(({ header }) => field(header) ?? []);
  const since = parts.find(({ header }) => header.since !== undefined)?.header.since;
  const acks = collect(({ ack }) => (ack === undefined ? undefined : [ack]));
  const ack = acks[acks.length - 1];
  return {
    header: {
      type: "poke",
      to: last?.to ?? 0,
      ...(since !== undefined && { since }),
      grant: collect(({ grant }) => grant),
      drop: collect(({ drop }) => drop),
      without: collect(({ without }) => without),
      still: collect(({ still }) => still),
      compare: collect(({ compare }) => compare),
      repaired: collect(({ repaired }) => repaired),
      edges: collect(({ edges }) => edges),
      leases: collect(({ leases }) => leases),
      held: collect(({ held }) => held),
      ...(ack !== undefined && { ack }),
      outcomes: collect(({ outcomes }) => outcomes),
    },
    chunks: parts.flatMap(({ chunks }) => chunks),
  };
}

/** Decides what a poke does to the base, without doing it (SY7 to SY13). */
export function planPoke(
  schema: Schema,
  base: BaseState,
  poke: WholePoke,
  situation: { readonly grants: Grants; readonly hasFailedScope: boolean },
): PokePlan {
  const { header } = poke;
  const { grants, hasFailedScope } = situation;
  const compare = [...(header.compare ?? [])];
  const kept = keptHoldings(schema, base, { grants, header, compare });
  if (!kept) return { kind: "out_of_step" };
  const holdingsBefore = header.since === undefined ? grants.holdingByNumber : kept;
  const holdingByNumber = nextHoldings(schema, holdingsBefore, header);
  const granted = header.grant ?? [];
  const live = [...holdingByNumber.values()];
  const frozen = nextFrozen(base, live, situation);
  // Nothing was kept: what is here now is all that there is, also of rows that no range held (another schema's).
  const isReset = !grants.isAnswered && kept.size === 0 && !hasFailedScope;
  const isProjected = (table: string): boolean => (schema.tables[table]?.projections.length ?? 0) > 0;
  const changes = collectChanges(poke.chunks, (number) => {
    const table = (grants.holdingByNumber.get(number) ?? holdingByNumber.get(number))?.range.table;
    return table === undefined || isProjected(table) ? undefined : table;
  });
  const leavings = isReset
    ? []
    : collectLeavings(header, kept.keys(), { before: holdingsBefore, after: holdingByNumber });
  for (const leaving of leavings) if (!isProjected(leaving.part.table)) removeUnlisted(base, changes, leaving);
  const projected = [...collectTellings(poke, leavings, holdingByNumber)].flatMap(([table, told]) =>
    isProjected(table)
      ? [planProjected(tableOf(schema, table), isReset ? undefined : base, [...live, ...frozen], told)]
      : [],
  );
  const hasRangesChanged =
    !grants.isAnswered ||
    granted.length > 0 ||
    (header.drop ?? []).length > 0 ||
    (header.edges ?? []).length > 0 ||
    (header.leases ?? []).length > 0 ||
    frozen.length !== grants.frozen.length;
  const effect: Effect = {
    isReset,
    tables: [...[...changes].map(([table, change]) => tableChangeOf(table, change)), ...projected],
    ...(hasRangesChanged && { ranges: heldSpecs([...live, ...frozen]) }),
  };
  return {
    kind: "effect",
    effect,
    grants: { ...grants, holdingByNumber, isAnswered: true, frozen },
    compare,
  };
}

/** What the answer to a hello keeps of what it offered (SY35); undefined if that is not here. */
function keptHoldings(
  schema: Schema,
  base: BaseState,
  { grants, header, compare }: { readonly grants: Grants; readonly header: PokeHeader; readonly compare: number[] },
): Map<number, Holding> | undefined {
  const kept = new Map<number, Holding>();
  if (header.since === undefined) return kept;
  const without = new Set(header.without);
  const whole = new Set(header.grant?.map(([number]) => number));
  for (const [place, [tag, edge]] of grants.offered.entries()) {
    const number = rangeNumber(tag);
    if (without.has(place) || whole.has(number)) continue;
    const holding = base.holdings.get(tag);
    if (!holding) return undefined;
    // The edge has moved after the cursor: what lies between the two may be here or not.
    if (holding.edge !== edge) compare.push(number);
    const isSame = holding.edge === edge && holding.leaseMs === undefined;
    kept.set(number, isSame ? holding : createHolding(schema, { spec: holding.spec, edge }));
  }
  return kept;
}

function nextHoldings(
  schema: Schema,
  before: ReadonlyMap<number, Holding>,
  header: PokeHeader,
): ReadonlyMap<number, Holding> {
  const { grant = [], edges = [], drop = [], leases = [] } = header;
  if (grant.length + edges.length + drop.length + leases.length === 0) return before;
  const holdings = new Map(before);
  const put = (number: number, held: HeldSpec): void => {
    // A range that is granted again, or whose edge moves, keeps its lease.
    const leaseMs = holdings.get(number)?.leaseMs;
    holdings.set(number, createHolding(schema, { ...held, ...(leaseMs && { leaseMs }) }));
  };
  for (const number of drop) holdings.delete(number);
  for (const [number, spec, edge] of grant) put(number, { spec, edge });
  for (const [number, edge] of edges) {
    const holding = holdings.get(number);
    if (holding) put(number, { spec: holding.spec, edge });
  }
  for (const [lease, numbers] of leases) {
    for (const number of numbers) {
      const { leaseMs: _, ...holding } = holdings.get(number) ?? {};
      if ("tag" in holding) holdings.set(number, { ...holding, ...(lease !== null && { leaseMs: lease }) });
    }
  }
  return holdings;
}

/** Ranges that the answer to a hello does not grant are lost, unless a scope failed: then nobody knows yet. */
function nextFrozen(
  base: BaseState,
  live: readonly Holding[],
  { grants, hasFailedScope }: { readonly grants: Grants; readonly hasFailedScope: boolean },
): readonly Holding[] {
  if (!hasFailedScope) return [];
  const tags = new Set(live.map(({ tag }) => tag));
  const before = grants.isAnswered ? grants.frozen.map((one) => createFrozen(base, one)) : [...base.holdings.values()];
  return before.flatMap((one) => (one === undefined || tags.has(one.tag) ? [] : [one]));
}

function createFrozen(base: BaseState, frozen: HeldSpec): Holding | undefined {
  return [...base.holdings.values()].find(({ spec }) => spec === frozen.spec);
}

interface Change {
  readonly rows: Map<string, readonly [Version, Json]>;
  readonly removed: Set<string>;
}

/** Rows and ids by table; a row that is listed anywhere is there, whatever it has left (SY7). */
function collectChanges(
  chunks: readonly Chunk[],
  tableOfRange: (number: number) => string | undefined,
): Map<string, Change> {
  const changes = new Map<string, Change>();
  for (const [number, rows, gone] of chunks) {
    const table = tableOfRange(number);
    // A chunk of a range that was never granted here: it is not ours to hold.
    if (table === undefined) continue;
    const change = changeOf(changes, table);
    for (const id of gone) if (!change.rows.has(id)) change.removed.add(id);
    for (const row of rows) {
      const id = idOf(row[1]);
      change.rows.set(id, row);
      change.removed.delete(id);
    }
  }
  return changes;
}

/** Which held rows that the poke does not list are gone, by what it says of others (SY8, SY9, SY11, SY41). */
function collectLeavings(
  { grant = [], edges = [], since, still = [], repaired = [] }: PokeHeader,
  kept: Iterable<number>,
  holdings: { readonly before: ReadonlyMap<number, Holding>; readonly after: ReadonlyMap<number, Holding> },
): readonly Leaving[] {
  const leavings: Leaving[] = [];
  const add = (number: number, hasLeft: Leaving["hasLeft"], upper?: Key): void => {
    const range = holdings.after.get(number)?.range;
    if (range) leavings.push({ number, part: upper === undefined ? range : { ...range, upper }, hasLeft });
  };
  for (const [number] of grant) add(number, () => true);
  // What lies between an edge that moves down and where it was is listed.
  for (const [number] of edges) add(number, () => true, holdings.before.get(number)?.range.lower);
  if (since !== undefined) for (const number of kept) add(number, ({ version }) => version > since);
  for (const [place, [number, prints]] of [...still, ...repaired].entries()) {
    const named = new Set(readPrints(prints));
    add(number, (row) => named.has(printOfRow(row)) !== place < still.length);
  }
  return leavings;
}

/** What each range is told, by table. */
function collectTellings(
  { chunks }: WholePoke,
  leavings: readonly Leaving[],
  holdingByNumber: ReadonlyMap<number, Holding>,
): ReadonlyMap<string, readonly Telling[]> {
  const tellingByNumber = new Map<number, Telling>();
  const tellings = new Map<string, Telling[]>();
  const of = (number: number): Telling | undefined => {
    const holding = holdingByNumber.get(number);
    const known = tellingByNumber.get(number);
    if (known || !holding) return known;
    const telling: Telling = { holding, rows: [], gone: [], leavings: [] };
    tellingByNumber.set(number, telling);
    const told = tellings.get(holding.range.table) ?? [];
    tellings.set(holding.range.table, told);
    told.push(telling);
    return telling;
  };
  for (const [number, rows, gone] of chunks) {
    const telling = of(number);
    for (const row of rows) telling?.rows.push(row);
    for (const id of gone) telling?.gone.push(id);
  }
  for (const leaving of leavings) of(leaving.number)?.leavings.push(leaving);
  return tellings;
}

function removeUnlisted(base: BaseState, changes: Map<string, Change>, { part, hasLeft }: Leaving): void {
  const rows = stampedRows(base, part);
  if (rows.length === 0) return;
  const change = changeOf(changes, part.table);
  for (const row of rows) if (!change.rows.has(row.id) && hasLeft(row)) change.removed.add(row.id);
}

function changeOf(changes: Map<string, Change>, table: string): Change {
  const change = changes.get(table) ?? { rows: new Map(), removed: new Set() };
  changes.set(table, change);
  return change;
}

function tableChangeOf(table: string, { rows, removed }: Change): TableChange {
  return { table, rows: [...rows.values()], removed: [...removed] };
}

/** The tags of what a connection has granted, as a hello lists them: in order of the tag. */
export function grantedRanges(grants: Grants): readonly (readonly [tag: RangeTag, edge: string | null])[] {
  return [...grants.holdingByNumber.values()]
    .map(({ tag, edge }) => [tag, edge] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
