import { rangeNumber } from "../protocol/index.ts";
import type { Chunk, HelloCursor, Poke, PokeHeader, RangeTag, Version } from "../protocol/index.ts";
import { printOfRow, readPrints } from "../ranges/index.ts";
import { tableOf, type Schema } from "../schema/index.ts";
import type { Key } from "../values/index.ts";
import {
  createHolding,
  heldSpecs,
  idOf,
  planRangesChange,
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
  readonly frozen: readonly Holding[];
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

/** What a poke comes to. */
export interface PokePlan {
  readonly effect: Effect;
  readonly grants: Grants;
  /** Ranges of which it is not known what has left. */
  readonly compare: readonly number[];
}

/** Puts the parts of a poke together (SY6). */
export function joinParts(parts: readonly Poke[]): WholePoke {
  const whole: Record<string, unknown> = {};
  for (const { header } of parts) {
    for (const [field, said] of Object.entries(header)) {
      const before = whole[field];
      whole[field] = Array.isArray(before) ? before.concat(said) : said;
    }
  }
  return { header: whole as unknown as PokeHeader, chunks: parts.flatMap(({ chunks }) => chunks) };
}

/**
 * Decides what a poke does to the base, without doing it (SY7 to SY13). Undefined: the deployment takes this device to hold what it
 * does not.
 */
export function planPoke(
  schema: Schema,
  base: BaseState,
  poke: WholePoke,
  situation: { readonly grants: Grants; readonly hasFailedScope: boolean },
): PokePlan | undefined {
  const { header } = poke;
  const { grants, hasFailedScope } = situation;
  const compare = [...(header.compare ?? [])];
  const kept = keptHoldings(schema, base, { grants, header, compare });
  if (!kept) return undefined;
  const holdingsBefore = header.since === undefined ? grants.holdingByNumber : kept;
  const holdingByNumber = nextHoldings(schema, holdingsBefore, header);
  const live = [...holdingByNumber.values()];
  const frozen = nextFrozen(base, live, situation);
  // Nothing was kept: what is here now is all that there is, also of rows that no range held (another schema's).
  const isReset = !grants.isAnswered && kept.size === 0 && !hasFailedScope;
  const holdings = { before: holdingsBefore, after: holdingByNumber };
  const tables = Array.from(collectTellings(poke, isReset ? undefined : kept.keys(), holdings), ([name, told]) => {
    const table = tableOf(schema, name);
    if (table.projections.length === 0) return planWhole(base, name, told);
    return planProjected(table, isReset ? undefined : base, [...live, ...frozen], told);
  });
  const hasRangesChanged =
    !grants.isAnswered || holdingByNumber !== holdingsBefore || frozen.length !== grants.frozen.length;
  const after = [...live, ...frozen];
  // Where nothing is held, the log may still name ranges: those of another schema. All are told, and these end.
  const ranges = base.holdings.size === 0 || isReset ? heldSpecs(after) : planRangesChange(base.holdings, after);
  const effect: Effect = { isReset, tables, ...(hasRangesChanged && { ranges }) };
  return {
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
  const before = grants.isAnswered ? grants.frozen : [...base.holdings.values()];
  return before.filter(({ tag }) => base.holdings.has(tag) && !tags.has(tag));
}

/**
 * What each range is told, by table: what the poke lists, and which held rows that it does not list are gone by what it says of
 * others (SY8, SY9, SY11, SY41). `kept`: undefined if nothing that was held counts.
 */
function collectTellings(
  { header, chunks }: WholePoke,
  kept: Iterable<number> | undefined,
  holdings: { readonly before: ReadonlyMap<number, Holding>; readonly after: ReadonlyMap<number, Holding> },
): ReadonlyMap<string, readonly Telling[]> {
  const { grant = [], edges = [], since, still = [], repaired = [] } = header;
  const tellingByNumber = new Map<number, Telling>();
  const tellings = new Map<string, Telling[]>();
  const of = (number: number): Telling | undefined => {
    const holding = holdings.after.get(number);
    const known = tellingByNumber.get(number);
    // A range that is not held: what is said of it is not ours to hold.
    if (known || !holding) return known;
    const telling: Telling = { holding, rows: [], gone: [], leavings: [] };
    tellingByNumber.set(number, telling);
    const { table } = holding.range;
    const told = tellings.get(table) ?? [];
    tellings.set(table, told);
    told.push(telling);
    return telling;
  };
  const leave = (number: number, hasLeft: Leaving["hasLeft"], upper?: Key): void => {
    const telling = kept && of(number);
    if (!telling) return;
    const { range } = telling.holding;
    telling.leavings.push({ part: upper === undefined ? range : { ...range, upper }, hasLeft });
  };
  for (const [number, rows, gone] of chunks) {
    const telling = of(number);
    for (const row of rows) telling?.rows.push(row);
    for (const id of gone) telling?.gone.push(id);
  }
  for (const [number] of grant) leave(number, () => true);
  // What lies between an edge that moves down and where it was is listed.
  for (const [number] of edges) leave(number, () => true, holdings.before.get(number)?.range.lower);
  if (since !== undefined) for (const number of kept ?? []) leave(number, ({ version }) => version > since);
  for (const [place, [number, prints]] of [...still, ...repaired].entries()) {
    const named = new Set(readPrints(prints));
    leave(number, (row) => named.has(printOfRow(row)) !== place < still.length);
  }
  return tellings;
}

/** What a poke comes to for a table without projections: a row that is listed anywhere is there, whatever it has left (SY7). */
function planWhole(base: BaseState, table: string, tellings: readonly Telling[]): TableChange {
  const rowById = new Map<string, TableChange["rows"][number]>();
  const removed = new Set<string>();
  for (const { rows, gone, leavings } of tellings) {
    for (const row of rows) rowById.set(idOf(row[1]), row);
    for (const id of gone) removed.add(id);
    for (const { part, hasLeft } of leavings) {
      for (const row of stampedRows(base, part)) if (hasLeft(row)) removed.add(row.id);
    }
  }
  for (const id of rowById.keys()) removed.delete(id);
  return { table, rows: [...rowById.values()], removed: [...removed] };
}

/** The tags of what a connection has granted, as a hello lists them: in order of the tag. */
export function grantedRanges(grants: Grants): readonly (readonly [tag: RangeTag, edge: string | null])[] {
  return [...grants.holdingByNumber.values()]
    .map(({ tag, edge }) => [tag, edge] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
