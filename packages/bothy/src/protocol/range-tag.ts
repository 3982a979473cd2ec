import { bytesOfText, sha256 } from "../values/index.ts";
import type { Json, RangeTag } from "./messages.ts";

/** Names a range spec in a hello: the same on both sides, whatever the order of the spec's fields (SY15). */
export function rangeTag(spec: Json): RangeTag {
  let tag = "";
  for (const byte of sha256(bytesOfText(canonicalText(spec))).subarray(0, 8)) tag += byte.toString(16).padStart(2, "0");
  return tag;
}

/** JSON text with the fields of every object in order, so that equal content is equal text. */
export function canonicalText(json: Json): string {
  if (typeof json !== "object" || json === null) return JSON.stringify(json);
  if (Array.isArray(json)) return `[${json.map(canonicalText).join(",")}]`;
  const fields = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([field, value]) => `${JSON.stringify(field)}:${canonicalText(value)}`).join(",")}}`;
}
