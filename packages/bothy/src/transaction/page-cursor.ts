import { BothyError } from "../errors/index.ts";
import type { Order } from "../ranges/index.ts";
import type { IndexDefinition, KeyRange } from "../schema/index.ts";
import {
  base64OfBytes,
  bytesOfBase64,
  bytesOfLatin1,
  bytesOfText,
  elementEnd,
  hexOfBytes,
  latin1OfBytes,
  sha256,
  type Key,
} from "../values/index.ts";

/** Where a page ends: behind a key, or at the "end" of everything, which no key is. */
export type PageEnd = Key;

/** What is paged through. */
export interface PagedQuery {
  readonly range: KeyRange;
  readonly order: Order;
  readonly index: IndexDefinition;
}

const queryHashLength = 16;

/** Writes a page's end as text that only the same query takes again (TX10). */
export function writeCursor(query: PagedQuery, end: PageEnd): string {
  return base64OfBytes(bytesOfLatin1(hashOfQuery(query) + end));
}

/** Reads a cursor; one of another query, or one that was never given out, is `cursor_invalid`. */
export function readCursor(query: PagedQuery, cursor: string): PageEnd {
  try {
    const text = latin1OfBytes(bytesOfBase64(cursor));
    const end = text.slice(queryHashLength);
    if (text.startsWith(hashOfQuery(query)) && (end === "end" || isKeyOf(query, end))) return end;
  } catch {
    // Neither base64 nor elements of a key: whatever the fault, the caller is told that this is no cursor.
  }
  throw new BothyError("cursor_invalid", {
    message: `The cursor is none of this query of table "${query.range.table}".`,
    fix: "Begin with null; pass continueCursor to the same query.",
  });
}

function hashOfQuery({ range: { table, index, lower, upper }, order }: PagedQuery): string {
  const text = JSON.stringify([table, index, lower, upper, order]);
  return hexOfBytes(sha256(bytesOfText(text))).slice(0, queryHashLength);
}

/** Tells whether text is a whole key of the index inside the range: a cursor is taken from outside. */
function isKeyOf({ range, index }: PagedQuery, key: Key): boolean {
  let end = 0;
  for (const _ of index.fields) end = elementEnd(key, end);
  return end === key.length && key >= range.lower && key < range.upper;
}
