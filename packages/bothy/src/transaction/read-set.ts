import { scannedPart, type Order } from "../ranges/index.ts";
import type { KeyRange } from "../schema/index.ts";
import { encodeKeyElement, keyAfterPrefix, type Key } from "../values/index.ts";

/** The range in which only the document with this id can lie. */
export function rangeOfId(table: string, id: string): KeyRange {
  const lower = encodeKeyElement(id);
  return { table, index: "by_id", equalities: 1, lower, upper: keyAfterPrefix(lower) };
}

/** One read under way: as much of its range counts as read as it has scanned. */
export class ScannedRange {
  readonly range: KeyRange;
  readonly order: Order;
  /** Nothing scanned yet, up to a key and with it, or all of it. */
  #scanned: "nothing" | "all" | { readonly lastKey: Key } = "nothing";

  constructor(range: KeyRange, order: Order) {
    this.range = range;
    this.order = order;
  }

  scannedTo(lastKey: Key): void {
    this.#scanned = { lastKey };
  }

  scannedAll(): void {
    this.#scanned = "all";
  }

  /** What has been scanned. */
  get read(): KeyRange | undefined {
    if (this.#scanned === "nothing") return undefined;
    return this.#scanned === "all" ? this.range : scannedPart(this.range, this.order, this.#scanned.lastKey);
  }
}

/** What a transaction has read, as ranges: if a later commit wrote into one of them, the transaction would have read otherwise. */
export class ReadSet {
  readonly #scans: ScannedRange[] = [];
  readonly #idsByTable = new Map<string, Set<string>>();

  /** Adds a read that begins; the scan tells how far it came. */
  begin(range: KeyRange, order: Order): ScannedRange {
    const scan = new ScannedRange(range, order);
    this.#scans.push(scan);
    return scan;
  }

  addId(table: string, id: string): void {
    let ids = this.#idsByTable.get(table);
    if (ids === undefined) this.#idsByTable.set(table, (ids = new Set()));
    ids.add(id);
  }

  ranges(): KeyRange[] {
    const ranges: KeyRange[] = [];
    for (const [table, ids] of this.#idsByTable) for (const id of ids) ranges.push(rangeOfId(table, id));
    for (const { read } of this.#scans) if (read !== undefined && read.lower < read.upper) ranges.push(read);
    return ranges;
  }
}
