import { compareValues, type Document, type Value } from "bothy/internal";
import type { LoggedCommit } from "./read-log-files.ts";

/** Documents by table and id: the whole database as one would write it on paper. */
export class ModelState {
  readonly #tables = new Map<string, Map<string, Document>>();
  #version = 0;

  get version(): number {
    return this.#version;
  }

  apply(commit: LoggedCommit): void {
    for (const { table, id, document } of commit.writes) this.put(table, id, document);
    this.#version = commit.version;
  }

  put(table: string, id: string, document: Document | null): void {
    const rows = this.#tables.get(table) ?? new Map<string, Document>();
    this.#tables.set(table, rows);
    if (document === null) rows.delete(id);
    else rows.set(id, document);
  }

  get(table: string, id: string): Document | undefined {
    return this.#tables.get(table)?.get(id);
  }

  /** All documents of a table in the order of an index: its fields, then creation time, then id. */
  ordered(table: string, fields: readonly string[]): readonly Document[] {
    const order = [...fields, "_creationTime", "_id"];
    return [...(this.#tables.get(table)?.values() ?? [])].sort((a, b) => {
      for (const field of order) {
        const compared = compareValues(a[field] as Value, b[field] as Value);
        if (compared !== 0) return compared;
      }
      return 0;
    });
  }

  clone(): ModelState {
    const copy = new ModelState();
    for (const [table, rows] of this.#tables) copy.#tables.set(table, new Map(rows));
    copy.#version = this.#version;
    return copy;
  }

  tables(): readonly string[] {
    return [...this.#tables.keys()];
  }
}

/** The fields of an index of the app, without those that every index ends with. */
export type IndexFields = (table: string, index: string) => readonly string[];
