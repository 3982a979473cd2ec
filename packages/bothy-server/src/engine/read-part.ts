import { scannedPart } from "bothy/internal";
import type { KeyRange, Version } from "bothy/internal";
import type { Engine } from "./engine.ts";

/** Text of rows in one answer: what is beyond is asked for again, or is over the transaction's own limit. */
const answerBytesMax = 16 * 1_048_576;
/** Rows that are read at a time until the answer is full. */
const rowsPerReadMax = 256;

/** The first rows of a range, in an order. */
export interface PartWanted {
  readonly range: KeyRange;
  readonly order: "asc" | "desc";
  readonly limit: number;
}

/** Rows of the last committed state, and the range of which they are the whole content. */
export interface PartRead {
  readonly part: KeyRange;
  readonly rows: readonly (readonly [id: string, version: Version, text: string])[];
}

/**
 * Reads the beginning of a range, as far as the limit and the bound of one answer go. It is read in pieces, so that
 * large documents are counted before too many of them are in memory; nothing can be committed meanwhile.
 */
export function readPart(engine: Pick<Engine, "read">, { range, order, limit }: PartWanted): PartRead {
  const rows: [string, Version, string][] = [];
  let characters = 0;
  for (let rest = range; ;) {
    const found = engine.read(rest, order, Math.min(limit - rows.length, rowsPerReadMax));
    for (const { id, version, text } of found.documents) {
      rows.push([id, version, text]);
      characters += text.length;
    }
    const lastKey = found.keys.at(-1);
    if (found.isWhole || lastKey === undefined) return { part: range, rows };
    const part = scannedPart(range, order, lastKey);
    if (rows.length >= limit || characters >= answerBytesMax) return { part, rows };
    rest = order === "asc" ? { ...range, lower: part.upper } : { ...range, upper: part.lower };
  }
}
