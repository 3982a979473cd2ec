import type { Effect, RowJson, TableChange } from "./base-state.ts";
import { transactionBytesMax } from "./segments.ts";

/** An effect as it lies in the log: parts of bounded size, and the last one, which closes it. */
export interface LogText {
  readonly parts: readonly string[];
  readonly closing: string;
}

/** Writes an effect as text, in as many parts as the bound of a transaction asks for. */
export function packEffect(effect: Effect): LogText {
  const { tables, ...rest } = effect;
  const texts: string[] = [];
  let open: TableChange[] = [];
  let openBytes = 0;
  for (const { table, ...change } of tables) {
    let piece = { table, rows: [] as RowJson[], removed: [] as string[] };
    open.push(piece);
    const makeRoom = (item: string | RowJson): void => {
      const sizeBytes = JSON.stringify(item).length + 1;
      if (openBytes > 0 && openBytes + sizeBytes > transactionBytesMax) {
        texts.push(JSON.stringify(open));
        piece = { table, rows: [], removed: [] };
        open = [piece];
        openBytes = 0;
      }
      openBytes += sizeBytes;
    };
    // What has left comes first: a row of the same id may follow.
    for (const id of change.removed) {
      makeRoom(id);
      piece.removed.push(id);
    }
    for (const row of change.rows) {
      makeRoom(row);
      piece.rows.push(row);
    }
  }
  return { parts: texts, closing: JSON.stringify({ ...rest, tables: open }) };
}

/** Reads an effect back. */
export function unpackEffect({ parts, closing }: LogText): Effect {
  const effect = JSON.parse(closing) as Effect;
  const before = parts.flatMap((text) => JSON.parse(text) as readonly TableChange[]);
  return { ...effect, tables: [...before, ...effect.tables] };
}
