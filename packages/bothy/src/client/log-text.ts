import type { Effect, TableChange } from "./base-state.ts";
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
  const end = (): void => {
    texts.push(JSON.stringify(open));
    open = [];
    openBytes = 0;
  };
  for (const { table, rows, removed } of tables) {
    // What has left comes first: a row of the same id may follow.
    for (const piece of pieces(removed, (id) => id.length + 3)) {
      if (openBytes + piece.sizeBytes > transactionBytesMax) end();
      open.push({ table, rows: [], removed: piece.items });
      openBytes += piece.sizeBytes;
    }
    for (const piece of pieces(rows, (row) => JSON.stringify(row).length + 1)) {
      if (openBytes + piece.sizeBytes > transactionBytesMax) end();
      open.push({ table, rows: piece.items, removed: [] });
      openBytes += piece.sizeBytes;
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

const pieceBytesMax = transactionBytesMax / 4;

function pieces<T>(items: readonly T[], sizeOf: (item: T) => number): { items: T[]; sizeBytes: number }[] {
  const all: { items: T[]; sizeBytes: number }[] = [];
  for (const item of items) {
    const sizeBytes = sizeOf(item);
    const last = all[all.length - 1];
    if (last === undefined || last.sizeBytes + sizeBytes > pieceBytesMax) all.push({ items: [item], sizeBytes });
    else {
      last.items.push(item);
      last.sizeBytes += sizeBytes;
    }
  }
  return all;
}
