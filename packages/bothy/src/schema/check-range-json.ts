import { BothyError, type Json } from "../errors/index.ts";
import { decodeValue, isPlainObject, limits } from "../values/index.ts";
import { readRangeSpec } from "./range-json.ts";
import { isWindowSize, type RangeSpec } from "./range.ts";

/** Reads a range that travelled; anything else is `range_invalid`. Whether the schema has it is for `keyRangeOf` to say. */
export function rangeSpecFromJson(json: unknown): RangeSpec {
  const { table, index, prefix, lower, upper, newest, only, ...rest } = isPlainObject(json) ? json : {};
  if (typeof table !== "string" || typeof index !== "string" || Object.keys(rest).length > 0) throw unreadable();
  if (!Array.isArray(prefix) || prefix.length > limits.fieldsPerIndexMax + 2) throw unreadable();
  if (newest !== undefined && !(typeof newest === "number" && isWindowSize(newest))) throw unreadable();
  if (only !== undefined && typeof only !== "string") throw unreadable();
  for (const field of prefix) checkField(field);
  for (const bound of [lower, upper]) if (bound !== undefined) checkBound(bound);
  // All that the form consists of has been looked at.
  return readRangeSpec(json as Json);
}

function checkField(json: unknown): void {
  const isUndefined =
    isPlainObject(json) &&
    Object.keys(json).length === 1 &&
    Object.hasOwn(json, "$undefined") &&
    json["$undefined"] === null;
  if (!isUndefined) decodeValue(json);
}

function checkBound(json: unknown): void {
  const { value, isInclusive, ...rest } = isPlainObject(json) ? json : {};
  if (value === undefined || typeof isInclusive !== "boolean" || Object.keys(rest).length > 0) throw unreadable();
  checkField(value);
}

function unreadable(): BothyError {
  return new BothyError("range_invalid", {
    message: "A range was sent in another form than that of a range.",
    fix: "Send it as docs/spec/schema.md says (SC8).",
  });
}
