import type { Value } from "bothy/internal";

/** A row with where it stands, for messages: a line of CSV or JSON lines, an element of a JSON array. */
export interface ReadRow {
  readonly place: string;
  readonly value: Value;
}

/** What a file holds: its rows, and what of it is no row of the table. */
export interface ReadFile {
  readonly rows: readonly ReadRow[];
  /** Each with its place. */
  readonly problems: readonly string[];
}
