import type { RangeIndex, Schema } from "bothy/internal";
import type { DocumentWrite } from "../engine/index.ts";

/** Calls `found` for each subscriber whose range contains a key of the document before or after a write; perhaps more than once. */
export function matchWrite<T>(
  ranges: RangeIndex<T>,
  schema: Schema,
  write: DocumentWrite,
  found: (subscriber: T) => void,
): void {
  const indexes = schema.tables[write.table]?.indexes ?? [];
  for (let position = 0; position < indexes.length; position++) {
    const index = indexes[position];
    if (index === undefined) continue;
    const before = write.before?.[position];
    const after = write.after?.[position];
    if (before !== undefined) ranges.match(write.table, index.name, before, found);
    if (after !== undefined && after !== before) ranges.match(write.table, index.name, after, found);
  }
}
