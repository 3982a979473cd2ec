import { SortedMap, type Key, type KeyRange, type Schema } from "bothy/internal";
import type { DocumentWrite } from "./engine.ts";

/** Calls `found` with every key that a write takes away or brings, with the name of its index. */
export function eachWrittenKey(schema: Schema, write: DocumentWrite, found: (index: string, key: Key) => void): void {
  const indexes = schema.tables[write.table]?.indexes ?? [];
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i];
    const [before, after] = [write.before?.[i], write.after?.[i]];
    if (index === undefined) continue;
    if (before !== undefined) found(index.name, before);
    if (after !== undefined && after !== before) found(index.name, after);
  }
}

/** Who writes which keys, to be asked for all who write into a range. */
export class WrittenKeys<Writer> {
  readonly #writersByIndex = new Map<string, SortedMap<Set<Writer>>>();

  /** Notes a writer of a key and returns what takes it out again. */
  add(table: string, index: string, key: Key, writer: Writer): () => void {
    const name = nameOf(table, index);
    const writersByKey = this.#writersByIndex.get(name) ?? new SortedMap<Set<Writer>>();
    this.#writersByIndex.set(name, writersByKey);
    const writers = writersByKey.get(key) ?? new Set();
    writersByKey.set(key, writers.add(writer));
    return () => {
      writers.delete(writer);
      if (writers.size === 0 && writersByKey.get(key) === writers) writersByKey.delete(key);
    };
  }

  /** Calls `found` for every writer of a key in the range, perhaps more than once. Nobody may be added meanwhile. */
  match({ table, index, lower, upper }: KeyRange, found: (writer: Writer) => void): void {
    this.#writersByIndex.get(nameOf(table, index))?.scan(lower, upper, "asc", (writers) => {
      for (const writer of writers) found(writer);
    });
  }
}

function nameOf(table: string, index: string): string {
  return `${table}/${index}`;
}
