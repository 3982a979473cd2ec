import type { Json } from "../errors/index.ts";
import { encodeValue, readValue, stringifyJson, type Value } from "../values/index.ts";
import type { RangeBound, RangeSpec } from "./range.ts";

/** Writes a range as it travels; a missing field is {"$undefined":null} (SC8). */
export function rangeSpecToJson(spec: RangeSpec): Json {
  return {
    table: spec.table,
    index: spec.index,
    prefix: spec.prefix.map(fieldToJson),
    ...(spec.lower === undefined ? {} : { lower: boundToJson(spec.lower) }),
    ...(spec.upper === undefined ? {} : { upper: boundToJson(spec.upper) }),
    ...(spec.newest === undefined ? {} : { newest: spec.newest }),
    ...(spec.only === undefined ? {} : { only: spec.only }),
  };
}

/** The one text of a range: equal ranges have equal texts. */
export function rangeSpecId(spec: RangeSpec): string {
  return stringifyJson(rangeSpecToJson(spec));
}

/** A range in the form in which it travels. */
export interface RangeSpecJson extends Omit<RangeSpec, "prefix" | "lower" | "upper"> {
  readonly prefix: readonly Json[];
  readonly lower?: BoundJson;
  readonly upper?: BoundJson;
}

interface BoundJson {
  readonly value: Json;
  readonly isInclusive: boolean;
}

/** Reads a range that a deployment has sent, which wrote it with `rangeSpecToJson`; from elsewhere use `rangeSpecFromJson`. */
export function readRangeSpec(json: Json): RangeSpec {
  const { prefix, lower, upper, ...named } = json as unknown as RangeSpecJson;
  return {
    ...named,
    prefix: prefix.map(readField),
    ...(lower && { lower: readBound(lower) }),
    ...(upper && { upper: readBound(upper) }),
  };
}

function fieldToJson(value: Value | undefined): Json {
  return value === undefined ? { $undefined: null } : encodeValue(value);
}

function readField(json: Json): Value | undefined {
  return typeof json === "object" && json !== null && "$undefined" in json ? undefined : readValue(json);
}

function boundToJson(bound: RangeBound): Json {
  return { value: fieldToJson(bound.value), isInclusive: bound.isInclusive };
}

function readBound({ value, isInclusive }: BoundJson): RangeBound {
  return { value: readField(value), isInclusive };
}
