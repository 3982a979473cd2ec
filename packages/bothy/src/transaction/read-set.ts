import type { KeyRange } from "../schema/index.ts";
import { encodeKeyElement, keyAfterPrefix } from "../values/index.ts";

/** The range in which only the document with this id can lie. */
export function rangeOfId(table: string, id: string): KeyRange {
  const lower = encodeKeyElement(id);
  return { table, index: "by_id", equalities: 1, lower, upper: keyAfterPrefix(lower) };
}

/** A read that goes on: as much of its range counts as it has looked at so far. */
export interface ReadUnderWay {
  readonly rangeRead: KeyRange | undefined;
}

/** What a transaction has read, as ranges: if a later commit wrote into one of them, the transaction would have read otherwise. */
export class ReadSet {
  readonly #reads: ReadUnderWay[] = [];
  readonly #idsByTable = new Map<string, Set<string>>();

  add(read: ReadUnderWay): void {
    this.#reads.push(read);
  }

  addId(table: string, id: string): void {
    let ids = this.#idsByTable.get(table);
    if (ids === undefined) this.#idsByTable.set(table, (ids = new Set()));
    ids.add(id);
  }

  ranges(): KeyRange[] {
    const ranges: KeyRange[] = [];
    for (const [table, ids] of this.#idsByTable) for (const id of ids) ranges.push(rangeOfId(table, id));
    for (const { rangeRead } of this.#reads) {
      if (rangeRead !== undefined && rangeRead.lower < rangeRead.upper) ranges.push(rangeRead);
    }
    return ranges;
  }
}
