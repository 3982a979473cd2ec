import {
  elementEnd,
  indexOf,
  keyAfterPrefix,
  keyRangeOf,
  projectionOf,
  rangeNumber,
  rangeSpecId,
  rangeSpecToJson,
  rangeTag,
  tableOf,
  widthOf,
} from "bothy/internal";
import type { Json, Key, KeyRange, Projection, RangeSpec, RangeTag, Schema } from "bothy/internal";
import type { DeviceTerms } from "./device-terms.ts";
import type { RangeChange } from "./range-change.ts";
import { projectedForm, storedForm } from "./row-form.ts";
import type { RowForm } from "./row-form.ts";
import type { RangeTally } from "./range-tally.ts";
import type { Window } from "./window-edge.ts";

/** A range as a scope named it, checked against the schema, and as it is sent. */
export interface RangeShape {
  /** Equal for equal ranges in the same form. */
  readonly id: string;
  /** As devices name it. */
  readonly json: Json;
  readonly tag: RangeTag;
  readonly form: RowForm;
  /** Names it on the wire: follows from the tag. */
  readonly number: number;
  readonly keys: KeyRange;
  /** All of the index with its equality fields: what a book tells of. */
  readonly prefix: KeyRange;
  /** Where the range's index stands among the keys of a document. */
  readonly position: number;
  /** What is shown of each document; absent: all. */
  readonly projection: Projection | undefined;
  /** A write that only wider projections show changes nothing here. */
  readonly width: number;
  /** The size of a window. */
  readonly newest: number | undefined;
}

/** A device that is told what changes in a range. */
export interface RangeSubscriber {
  onChange(range: LiveRange, change: RangeChange): void;
}

/** A range that at least one connected device holds. */
export interface LiveRange extends RangeShape {
  readonly subscribers: Set<RangeSubscriber>;
  window: Window | undefined;
  /** undefined: the range is a whole prefix, of which its book has a total. */
  readonly tally: RangeTally | undefined;
}

/** Checks a range that a scope returned; fails with what is wrong with it. undefined: the device has no words for it. */
export function shapeOfRange(schema: Schema, spec: RangeSpec, terms?: DeviceTerms): RangeShape | undefined {
  const keys = keyRangeOf(schema, spec);
  const told = terms === undefined ? spec : terms.specOf(spec);
  if (told === undefined) return undefined;
  const table = tableOf(schema, spec.table);
  const json = rangeSpecToJson(told);
  const whole = terms?.formOf(spec.table, spec.only) ?? storedForm;
  const projection = spec.only === undefined ? undefined : projectionOf(table, spec.only);
  const form = projection === undefined ? whole : projectedForm(whole, projection);
  const tag = rangeTag(json);
  return {
    id: form.id + rangeSpecId(told),
    json,
    tag,
    form,
    number: rangeNumber(tag),
    keys,
    prefix: prefixOf(keys),
    position: table.indexes.indexOf(indexOf(table, spec.index)),
    projection,
    width: widthOf(table, spec.only),
    newest: spec.newest,
  };
}

function prefixOf(keys: KeyRange): KeyRange {
  let end = 0;
  for (let i = 0; i < keys.equalities; i++) end = elementEnd(keys.lower, end);
  const lower = keys.lower.slice(0, end);
  return { ...keys, lower, upper: keyAfterPrefix(lower) };
}

/** True if a book has the total of just these rows. */
export function isWholePrefix({ keys, prefix, newest }: RangeShape): boolean {
  return newest === undefined && keys.lower === prefix.lower && keys.upper === prefix.upper;
}

/** The key at which a document stands in a range as devices hold it; undefined if it is outside, or below a window's edge. */
export function keyInside(range: LiveRange, keys: readonly Key[] | null): Key | undefined {
  const key = keys?.[range.position];
  if (key === undefined || key < range.keys.lower || key >= range.keys.upper) return undefined;
  return range.window && key < range.window.edge ? undefined : key;
}

/** The edge as it stands in grants and cursors: null for a range that is no window. */
export function edgeOf(range: LiveRange): Key | null {
  return range.window?.edge ?? null;
}
