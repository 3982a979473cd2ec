import { bytesOfText, hexOfBytes, sha256, stringifyJson } from "../values/index.ts";
import type { Json, RangeTag } from "./messages.ts";

/** Names a range spec in a hello: the same on both sides, whatever the order of the spec's fields (SY15). */
export function rangeTag(spec: Json): RangeTag {
  return hexOfBytes(sha256(bytesOfText(stringifyJson(spec))).subarray(0, 8));
}
