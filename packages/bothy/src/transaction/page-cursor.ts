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

/** Where a page ends: behind a key, or at the "end" of everything, which no key is called. */
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
  return base64OfBytes(bytesOfLatin1(hashOfQuery(query) + (end === "end" ? "e" : `k${end}`)));
}

/** Reads a cursor; one of another query, or one that was never given out, is `cursor_invalid`. */
export function readCursor(query: PagedQuery, cursor: string): PageEnd {
  const text = readBase64(cursor);
  const kind = text?.charAt(queryHashLength);
  const key = text?.slice(queryHashLength + 1) ?? "";
  if (text?.startsWith(hashOfQuery(query)) === true) {
    if (kind === "e" && key === "") return "end";
    if (kind === "k" && isKeyOf(query, key)) return key;
  }
  throw new BothyError("cursor_invalid", {
    message: `A cursor does not belong to this query of table "${query.range.table}".`,
    fix: "Begin with null, and pass each page's continueCursor to the same query.",
  });
}

function hashOfQuery({ range: { table, index, lower, upper }, order }: PagedQuery): string {
  const text = JSON.stringify([table, index, lower, upper, order]);
  return hexOfBytes(sha256(bytesOfText(text))).slice(0, queryHashLength);
}

function readBase64(cursor: string): string | undefined {
  try {
    return latin1OfBytes(bytesOfBase64(cursor));
  } catch {
    // Whatever the fault, the caller is told that this is no cursor.
    return undefined;
  }
}

/** Tells whether text is a whole key of the index inside the range: a cursor is taken from outside. */
function isKeyOf({ range, index }: PagedQuery, key: Key): boolean {
  if (key < range.lower || key >= range.upper) return false;
  try {
    let end = 0;
    for (let field = 0; field < index.fields.length; field++) end = elementEnd(key, end);
    return end === key.length;
  } catch {
    // Not made of elements, so it is no key.
    return false;
  }
}
