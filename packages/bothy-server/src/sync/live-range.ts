import {
  indexOf,
  keyRangeOf,
  projectionOf,
  rangeSpecId,
  rangeSpecToJson,
  rangeTag,
  tableOf,
  widthOf,
} from "bothy/internal";
import type { Json, Key, KeyRange, RangeSpec, RangeTag, Schema } from "bothy/internal";
import type { DeviceTerms } from "./device-terms.ts";
import type { RangeChange } from "./range-change.ts";
import { projectedForm, storedForm } from "./row-form.ts";
import type { RowForm } from "./row-form.ts";
import type { Window } from "./window-edge.ts";

/** A range as a scope named it, checked against the schema, and as it is sent. */
export interface RangeShape {
  /** Equal for equal ranges in the same form. */
  readonly id: string;
  /** As devices name it. */
  readonly json: Json;
  readonly tag: RangeTag;
  readonly form: RowForm;
  readonly keys: KeyRange;
  /** Where the range's index stands among the keys of a document. */
  readonly position: number;
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
  /** Names it on the wire; never used for another range as long as the server runs. */
  readonly number: number;
  readonly subscribers: Set<RangeSubscriber>;
  window: Window | undefined;
}

/** Checks a range that a scope returned; fails with what is wrong with it. undefined: the device has no words for it. */
export function shapeOfRange(schema: Schema, spec: RangeSpec, terms?: DeviceTerms): RangeShape | undefined {
  const keys = keyRangeOf(schema, spec);
  const told = terms === undefined ? spec : terms.specOf(spec);
  if (told === undefined) return undefined;
  const table = tableOf(schema, spec.table);
  const json = rangeSpecToJson(told);
  const whole = terms?.formOf(spec.table, spec.only) ?? storedForm;
  const form = spec.only === undefined ? whole : projectedForm(whole, projectionOf(table, spec.only));
  return {
    id: form.id + rangeSpecId(told),
    json,
    tag: rangeTag(json),
    form,
    keys,
    position: table.indexes.indexOf(indexOf(table, spec.index)),
    width: widthOf(table, spec.only),
    newest: spec.newest,
  };
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
