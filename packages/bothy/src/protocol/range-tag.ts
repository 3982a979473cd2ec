import { bytesOfText, hexOfBytes, sha256, stringifyJson } from "../values/index.ts";
import type { Json, RangeTag } from "./messages.ts";

/** Names a range spec in a hello: the same on both sides, whatever the order of the spec's fields (SY15). */
export function rangeTag(spec: Json): RangeTag {
  return hexOfBytes(sha256(bytesOfText(stringifyJson(spec))).subarray(0, 8));
}

/** Names a range in pokes: the beginning of its tag, so that nobody has to be told (SY35). */
export function rangeNumber(tag: RangeTag): number {
  return Number.parseInt(tag.slice(0, 12), 16);
}
