import type { Row } from "../ranges/index.ts";
import type { FieldMerge } from "./apply-merges.ts";

/** A row as a transaction wrote it. */
export interface WrittenRow extends Row {
  /** The canonical text that is stored; the document was read back from it. */
  readonly text: string;
}

/** The net effect of a transaction on one document. */
export interface TransactionWrite {
  readonly table: string;
  readonly id: string;
  /** As the snapshot had it; undefined: there was none. */
  readonly before: Row | undefined;
  /** As it is now; undefined: it is deleted. */
  readonly after: WrittenRow | undefined;
  /** All that was done to it, if nothing but operations was: then it has not been read, and is changed as it is at the commit. */
  readonly merges: readonly FieldMerge[] | undefined;
}

/** What a transaction has written, as its net effect on each document. */
export class WriteSet {
  readonly #writesByTable = new Map<string, Map<string, TransactionWrite>>();

  /** Tells whether the transaction has written to a document. */
  has(table: string, id: string): boolean {
    return this.#writesByTable.get(table)?.has(id) ?? false;
  }

  add(write: TransactionWrite): void {
    let writes = this.#writesByTable.get(write.table);
    if (writes === undefined) this.#writesByTable.set(write.table, (writes = new Map()));
    const earlier = writes.get(write.id);
    writes.set(
      write.id,
      earlier === undefined
        ? write
        : {
            ...write,
            before: earlier.before,
            merges: earlier.merges && write.merges && [...earlier.merges, ...write.merges],
          },
    );
  }

  /** The documents of a table that were changed without being read. */
  *unread(table: string): Generator<string> {
    for (const { id, merges } of this.#writesByTable.get(table)?.values() ?? []) if (merges) yield id;
  }

  list(): TransactionWrite[] {
    const list: TransactionWrite[] = [];
    for (const writes of this.#writesByTable.values()) {
      for (const write of writes.values()) {
        // What was inserted and deleted again has never been there for anybody else.
        if (write.before !== undefined || write.after !== undefined) list.push(write);
      }
    }
    return list;
  }
}
