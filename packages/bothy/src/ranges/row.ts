import type { Document, Key } from "../values/index.ts";

/** One document as it is kept in memory. */
export interface Row {
  readonly id: string;
  /** The commit that wrote it; 0 for a write that is not committed yet. */
  readonly version: number;
  /** One key per index of the table, in the schema's order; the first is that of by_id. */
  readonly keys: readonly Key[];
  /** May be a getter that parses when it is first asked; nothing in `ranges` touches it. */
  readonly document: Document;
  /** Size of the stored text, where it is known; what it is counted against is the reader's affair. */
  readonly sizeBytes?: number;
}
