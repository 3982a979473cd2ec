import { BothyError, type Json } from "../errors/index.ts";
import { readValue, encodeValue, isPlainObject, limits, stringifyJson, type Value } from "../values/index.ts";
import { isWindowSize, type RangeBound, type RangeSpec } from "./range.ts";

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

/** Reads a range that travelled; anything else is `range_invalid`. Whether the schema has it is for `keyRangeOf` to say. */
export function rangeSpecFromJson(json: unknown): RangeSpec {
  const { table, index, prefix, lower, upper, newest, only, ...rest } = isPlainObject(json) ? json : {};
  if (typeof table !== "string" || typeof index !== "string" || Object.keys(rest).length > 0) throw unreadable();
  if (!Array.isArray(prefix) || prefix.length > limits.fieldsPerIndexMax + 2) throw unreadable();
  if (newest !== undefined && !(typeof newest === "number" && isWindowSize(newest))) throw unreadable();
  if (only !== undefined && typeof only !== "string") throw unreadable();
  return {
    table,
    index,
    prefix: prefix.map(fieldFromJson),
    ...(lower === undefined ? {} : { lower: boundFromJson(lower) }),
    ...(upper === undefined ? {} : { upper: boundFromJson(upper) }),
    ...(newest === undefined ? {} : { newest }),
    ...(only === undefined ? {} : { only }),
  };
}

function fieldToJson(value: Value | undefined): Json {
  return value === undefined ? { $undefined: null } : encodeValue(value);
}

function fieldFromJson(json: unknown): Value | undefined {
  const isUndefined =
    isPlainObject(json) &&
    Object.keys(json).length === 1 &&
    Object.hasOwn(json, "$undefined") &&
    json["$undefined"] === null;
  return isUndefined ? undefined : readValue(json as Json);
}

function boundToJson(bound: RangeBound): Json {
  return { value: fieldToJson(bound.value), isInclusive: bound.isInclusive };
}

function boundFromJson(json: unknown): RangeBound {
  const { value, isInclusive, ...rest } = isPlainObject(json) ? json : {};
  if (value === undefined || typeof isInclusive !== "boolean" || Object.keys(rest).length > 0) throw unreadable();
  return { value: fieldFromJson(value), isInclusive };
}

function unreadable(): BothyError {
  return new BothyError("range_invalid", {
    message: "A range was sent in another form than that of a range.",
    fix: "Send it as docs/spec/schema.md says (SC8).",
  });
}
