import { BothyError } from "../errors/index.ts";
import { encodeKey, encodeKeyElement, type Key, keyAfterPrefix, type Value, windowRowsMax } from "../values/index.ts";
import { isIndexInside, projectionOf } from "./projection.ts";
import { indexOf, tableOf, type IndexDefinition, type Schema, type TableDefinition } from "./schema.ts";

/** A contiguous piece of one index: lower <= key < upper; the first `equalities` fields of the index are fixed. */
export interface KeyRange {
  readonly table: string;
  readonly index: string;
  readonly equalities: number;
  readonly lower: Key;
  readonly upper: Key;
  /** Of each document only what this projection shows; absent: whole documents. */
  readonly projection?: string;
}

/** One end of a range, on the field that follows its equalities. */
export interface RangeBound {
  readonly value: Value | undefined;
  readonly isInclusive: boolean;
}

/** What a range says of the fields of its index: values of the first ones, then bounds on the next. */
export interface RangeParts {
  readonly prefix: readonly (Value | undefined)[];
  readonly lower?: RangeBound;
  readonly upper?: RangeBound;
  /** The fields as the author named them, where the index was not known yet; they are checked once it is. */
  readonly fields?: readonly string[];
}

/** What a scope returns, as it travels: values, not keys. `fields` stays where it was written. */
export interface RangeSpec extends RangeParts {
  readonly table: string;
  readonly index: string;
  /** Keep only so many rows from the upper end. */
  readonly newest?: number;
  /** Of each document only what this projection shows. */
  readonly only?: string;
}

/** Makes the keys of a range, after checking it against the schema (SC7). */
export function keyRangeOf(schema: Schema, spec: RangeSpec): KeyRange {
  const table = tableOf(schema, spec.table);
  if (spec.newest !== undefined && !isWindowSize(spec.newest)) {
    throw new BothyError("range_invalid", {
      message: `A window of table "${spec.table}" has ${spec.newest} rows.`,
      fix: `Ask for 1 to ${windowRowsMax}.`,
    });
  }
  const range = keyRangeFor(table, indexOf(table, spec.index), spec);
  return spec.only === undefined ? range : narrowRange(table, range, spec.only);
}

/** The same range, with only what a projection shows of each document. Its index lies inside the projection (SC16). */
export function narrowRange(table: TableDefinition, range: KeyRange, projection: string): KeyRange {
  if (isIndexInside(indexOf(table, range.index), projectionOf(table, projection))) return { ...range, projection };
  throw new BothyError("range_invalid", {
    message: `Index "${range.index}" of table "${table.name}" lies outside of the projection "${projection}".`,
    fix: "Use an index whose fields are all inside.",
  });
}

/** Makes the keys of a range of an index that is at hand. */
export function keyRangeFor(table: TableDefinition, index: IndexDefinition, parts: RangeParts): KeyRange {
  checkParts(table, index, parts);
  const prefix = encodeKey(parts.prefix);
  const lower = parts.lower ? edgeOf(prefix, parts.lower, !parts.lower.isInclusive) : prefix;
  const upper = parts.upper ? edgeOf(prefix, parts.upper, parts.upper.isInclusive) : keyAfterPrefix(prefix);
  // Bounds that exclude each other leave nothing; an empty range still stands at one place.
  return {
    table: table.name,
    index: index.name,
    equalities: parts.prefix.length,
    lower,
    upper: upper < lower ? lower : upper,
  };
}

/** Where a bound stands: before the keys that have its value, or behind them. */
function edgeOf(prefix: Key, { value }: RangeBound, isBehind: boolean): Key {
  const key = prefix + encodeKeyElement(value);
  return isBehind ? keyAfterPrefix(key) : key;
}

function checkParts(table: TableDefinition, index: IndexDefinition, parts: RangeParts): void {
  const hasBound = parts.lower !== undefined || parts.upper !== undefined;
  const used = parts.prefix.length + (hasBound ? 1 : 0);
  const named = parts.fields ?? index.fields.slice(0, used);
  if (used <= index.fields.length && named.length === used && named.every((field, i) => field === index.fields[i]))
    return;
  throw new BothyError("range_invalid", {
    message: `A range of index "${index.name}" of table "${table.name}" uses ${named.join(", ")}.`,
    fix: `Use the fields of the index in their order: ${index.fields.join(", ")}.`,
  });
}

/** Tells whether a window can have so many rows. */
export function isWindowSize(rows: number): boolean {
  return Number.isInteger(rows) && rows >= 1 && rows <= windowRowsMax;
}
