import { rangeSpecFromJson, rangeTag } from "bothy/internal";
import type { Json, Outcome, Poke, PokeHeader, Version } from "bothy/internal";

/** A row as it arrived: the version that wrote it, and the encoded document. */
export type HeldRow = readonly [version: Version, document: Json];

/** A range that a device holds. */
export interface HeldRange {
  readonly tag: string;
  readonly table: string;
  readonly edge: string | null;
  readonly rows: ReadonlyMap<string, HeldRow>;
}

/**
 * What a device holds by its pokes and nothing else (SY6 to SY10). Rows below an edge that has moved up are kept: the
 * suites that watch windows look at the messages themselves.
 */
export interface RawRanges {
  /** Takes one part of a poke; true if the poke is whole with it and has been applied. */
  take(part: Poke): boolean;
  /** The outcomes of the poke that was applied last. */
  outcomes(): readonly Outcome[];
  rows(table: string): ReadonlyMap<string, HeldRow>;
  /** By tag, as they are now. */
  held(): ReadonlyMap<string, HeldRange>;
}

interface OpenRange extends HeldRange {
  edge: string | null;
  readonly rows: Map<string, HeldRow>;
}

/** Begins with the ranges of a cursor, which count as far as the deployment says that they are kept. */
export function createRawRanges(kept: ReadonlyMap<string, HeldRange>): RawRanges {
  const rangeByNumber = new Map<number, OpenRange>();
  let parts: Poke[] = [];
  let lastOutcomes: readonly Outcome[] = [];
  return {
    take(part) {
      parts.push(part);
      if (part.header.more === true) return false;
      const whole = parts;
      parts = [];
      for (const { header } of whole) applyHeader(rangeByNumber, kept, header, since(whole));
      for (const { chunks } of whole) {
        for (const [number, , gone] of chunks) for (const id of gone) rangeByNumber.get(number)?.rows.delete(id);
      }
      for (const { chunks } of whole) {
        for (const [number, rows] of chunks)
          for (const row of rows) rangeByNumber.get(number)?.rows.set(idOf(row[1]), row);
      }
      lastOutcomes = whole.flatMap(({ header }) => header.outcomes ?? []);
      return true;
    },
    outcomes: () => lastOutcomes,
    rows: (table) => {
      const rows = new Map<string, HeldRow>();
      for (const range of rangeByNumber.values()) {
        if (range.table === table) for (const [id, row] of range.rows) rows.set(id, row);
      }
      return rows;
    },
    held: () =>
      new Map(Array.from(rangeByNumber.values(), (range) => [range.tag, { ...range, rows: new Map(range.rows) }])),
  };
}

function since(parts: readonly Poke[]): Version {
  return parts.find(({ header }) => header.since !== undefined)?.header.since ?? 0;
}

function applyHeader(
  rangeByNumber: Map<number, OpenRange>,
  kept: ReadonlyMap<string, HeldRange>,
  header: PokeHeader,
  sinceVersion: Version,
): void {
  for (const number of header.drop ?? []) rangeByNumber.delete(number);
  for (const [number, spec, edge, how] of header.grant ?? []) {
    const tag = rangeTag(spec);
    const before = how === "kept" ? [...(kept.get(tag)?.rows ?? [])] : [];
    // What is newer than the cursor is listed again, or has left (SY9).
    const rows = new Map(before.filter(([, [version]]) => version <= sinceVersion));
    rangeByNumber.set(number, { tag, table: rangeSpecFromJson(spec).table, edge, rows });
  }
  for (const [number, edge] of header.edges ?? []) {
    const range = rangeByNumber.get(number);
    if (range) range.edge = edge;
  }
}

function idOf(document: Json): string {
  const id = typeof document === "object" && document !== null && "_id" in document ? document["_id"] : undefined;
  if (typeof id === "string") return id;
  throw new Error(`A row without an id arrived: ${JSON.stringify(document)}`);
}
