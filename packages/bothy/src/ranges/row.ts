import type { Document, Key } from "../values/index.ts";

/** One document as it is kept in memory. */
export interface Row {
  readonly id: string;
  /** The commit that wrote it, as far as it is known here; 0 for a write that is not committed yet. */
  readonly version: number;
  /** The document is what this projection of the table shows; absent: it is whole. */
  readonly projection?: string;
  /** Where it is held in narrower projections, too: the commits that last changed what they show. */
  readonly stamps?: Readonly<Record<string, number>>;
  /** One key per index of the table, in the schema's order; the first is that of by_id. */
  readonly keys: readonly Key[];
  /** May be a getter that parses when it is first asked; nothing in `ranges` touches it. */
  readonly document: Document;
  /** Size of the stored text, where it is known; what it is counted against is the reader's affair. */
  readonly sizeBytes?: number;
}

/** The commit that last changed what a projection shows of a row; undefined where that is not known. */
export function stampOf(row: Row, projection: string | undefined): number | undefined {
  return row.projection === projection ? row.version : row.stamps?.[projection ?? ""];
}
