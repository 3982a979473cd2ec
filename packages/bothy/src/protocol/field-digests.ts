import { bytesOfText, hexOfBytes, sha256 } from "../values/index.ts";
import type { FieldDigest } from "./messages.ts";

/** Tells the fields of two documents apart without sending them: made of canonical text, so that equal documents give equal digests (SY70). */
export function fieldDigests(documentText: string): readonly FieldDigest[] {
  const fields = Object.entries(JSON.parse(documentText) as object);
  return fields.map(([field, value]) => [field, hexOfBytes(sha256(bytesOfText(JSON.stringify(value))).subarray(0, 4))]);
}
