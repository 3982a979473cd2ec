import { assert } from "../errors/index.ts";
import { hmacSha256, sha256 } from "./sha256.ts";
import { bytesOfText } from "./text.ts";

/** The name of a document of one table: its table's tag and 128 random bits, as 32 characters. */
export type Id<Table extends string = string> = string & { readonly __table: Table };

const digits = "0123456789abcdefghjkmnpqrstvwxyz";
const idForm = /^[0-9a-hjkmnp-tv-z]{32}$/;
const randomBytesPerId = 16;

const tagByTable = new Map<string, number>();
// Names of tables come from schemas, yet also from callers: a hostile one must not fill the memory.
const cachedTagsMax = 10_000;

/** The 32-bit tag by which an id tells its table: the first bytes of the hash of the table's name. */
export function tableTag(table: string): number {
  const known = tagByTable.get(table);
  if (known !== undefined) return known;
  const tag = new DataView(sha256(bytesOfText(table)).buffer).getUint32(0);
  if (tagByTable.size >= cachedTagsMax) tagByTable.clear();
  tagByTable.set(table, tag);
  return tag;
}

/** Makes an id of a table from 16 bytes; whoever calls it sees to it that they are never used twice. */
export function makeId<Table extends string>(table: Table, bytes: Uint8Array): Id<Table> {
  assert(bytes.length === randomBytesPerId, "an id is made from 16 bytes");
  const tag = tableTag(table);
  const whole = Uint8Array.of(tag >>> 24, tag >>> 16, tag >>> 8, tag, ...bytes);
  let id = "";
  // 20 bytes are 32 digits of 5 bits. What was written is shifted out on the left; at most 12 bits are ever waiting.
  let bits = 0;
  let waiting = 0;
  for (const byte of whole) {
    bits = (bits << 8) | byte;
    for (waiting += 8; waiting >= 5;) {
      waiting -= 5;
      id += digits.charAt((bits >> waiting) & 31);
    }
  }
  return id as Id<Table>;
}

/**
 * The id of the k-th insert into a table by one call: the same on every run of the call, and impossible to foresee
 * without the device's key.
 */
export function deriveId<Table extends string>(
  deviceKey: Uint8Array,
  nonce: Uint8Array,
  table: Table,
  k: number,
): Id<Table> {
  assert(nonce.length === 16, "a nonce has 16 bytes");
  const message = Uint8Array.of(...nonce, ...bytesOfText(table), k >>> 24, k >>> 16, k >>> 8, k);
  return makeId(table, hmacSha256(deviceKey, message).subarray(0, randomBytesPerId));
}

/** Reads the table tag of an id, or nothing if the text has not the form of an id. */
export function parseIdTag(text: string): number | undefined {
  if (!idForm.test(text)) return undefined;
  let bits = 0;
  for (let i = 0; i < 6; i++) bits = (bits << 5) | digits.indexOf(text.charAt(i));
  // Six digits are 30 bits; the upper two bits of the seventh complete the tag.
  return ((bits << 2) | (digits.indexOf(text.charAt(6)) >> 3)) >>> 0;
}

/** Tells whether a text has the form of an id of this table; whether there is such a document is another question. */
export function isIdOf<Table extends string>(table: Table, text: unknown): text is Id<Table> {
  return typeof text === "string" && parseIdTag(text) === tableTag(table);
}
