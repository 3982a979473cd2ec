import { chunkText } from "bothy/internal";
import type { Key, Version } from "bothy/internal";
import type { DocumentWrite } from "../engine/index.ts";
import { storedForm } from "./row-form.ts";
import type { RowForm } from "./row-form.ts";

/** A row that is inside a range after a change. */
export interface ChangedRow {
  readonly id: string;
  /** In the range's index. */
  readonly key: Key;
  readonly version: Version;
  /** In the form of the range. */
  readonly text: string;
  /** It was not inside before: no device has it. */
  readonly isNew: boolean;
}

/** What changed in one range between two durable versions. */
export interface RangeChange {
  /** Unlike every other of this server run. */
  readonly id: number;
  readonly rows: readonly ChangedRow[];
  readonly gone: readonly string[];
  /** Where the window begins from now on, if that has changed. */
  readonly edge: Key | undefined;
  /** The chunk: the same text for everybody. */
  readonly text: string;
  /** Merges of earlier changes with this one, by the first of them. */
  readonly mergedByFirst: Map<RangeChange, RangeChange | undefined>;
}

interface Entry {
  readonly wasInside: boolean;
  row: ChangedRow | undefined;
}

let lastId = 0;

/** Gathers the writes of several commits in one range, so that each document is told once. */
export class RangeCollation {
  readonly #form: RowForm;
  readonly #entryById = new Map<string, Entry>();
  /** Rows inside after minus rows inside before. */
  growth = 0;

  constructor(form: RowForm = storedForm) {
    this.#form = form;
  }

  /** Notes a write; `keyIfInside` says whether keys of the document lie in the range, and where. */
  note(write: DocumentWrite, version: Version, keyIfInside: (keys: readonly Key[] | null) => Key | undefined): void {
    const wasInside = keyIfInside(write.before) !== undefined;
    const key = keyIfInside(write.after);
    if (!wasInside && key === undefined) return;
    this.growth += Number(key !== undefined) - Number(wasInside);
    const { id, text } = write;
    const known = this.#entryById.get(id);
    const isNew = !(known?.wasInside ?? wasInside);
    const row =
      key === undefined || text === null ? undefined : { id, key, version, text: this.#form.textOf(text), isNew };
    if (known) known.row = row;
    else this.#entryById.set(id, { wasInside, row });
  }

  /** What changed, or undefined if that is nothing. `moved`: the new edge of a window and rows that it has let in. */
  finish(range: number, moved?: { readonly edge: Key; readonly rows: readonly ChangedRow[] }): RangeChange | undefined {
    const rows: ChangedRow[] = [];
    const gone: string[] = [];
    const edge = moved?.edge;
    for (const [id, { row, wasInside }] of this.#entryById) {
      // What a rising edge has left behind is gone like what left by itself: the device may know it under a higher key.
      if (row && (edge === undefined || row.key >= edge)) rows.push(row);
      else if (wasInside) gone.push(id);
    }
    for (const row of moved?.rows ?? []) if (!this.#entryById.get(row.id)?.row) rows.push(row);
    return rows.length === 0 && gone.length === 0 && edge === undefined
      ? undefined
      : makeChange(range, { rows, gone, edge });
  }
}

/**
 * Puts changes of a range that follow each other into one, made once for all devices that need just these. undefined: a
 * window's edge moved on the way, so that only the whole window says what is inside.
 */
export function mergeChanges(range: number, changes: readonly RangeChange[]): RangeChange | undefined {
  const first = changes[0];
  const last = changes.at(-1);
  if (first === undefined || last === undefined || first === last) return first;
  if (last.mergedByFirst.has(first)) return last.mergedByFirst.get(first);
  const merged = changes.some(({ edge }) => edge !== undefined) ? undefined : makeMerged(range, changes);
  last.mergedByFirst.set(first, merged);
  return merged;
}

function makeMerged(range: number, changes: readonly RangeChange[]): RangeChange {
  const entryById = new Map<string, Entry>();
  for (const { rows, gone } of changes) {
    for (const id of gone) {
      const known = entryById.get(id);
      if (known) known.row = undefined;
      else entryById.set(id, { wasInside: true, row: undefined });
    }
    for (const row of rows) {
      const known = entryById.get(row.id);
      const wasInside = known?.wasInside ?? !row.isNew;
      entryById.set(row.id, { wasInside, row: { ...row, isNew: !wasInside } });
    }
  }
  const rows: ChangedRow[] = [];
  const gone: string[] = [];
  for (const [id, { row, wasInside }] of entryById) {
    if (row) rows.push(row);
    else if (wasInside) gone.push(id);
  }
  return makeChange(range, { rows, gone, edge: undefined });
}

function makeChange(range: number, parts: Pick<RangeChange, "rows" | "gone" | "edge">): RangeChange {
  return { ...parts, id: ++lastId, text: chunkText(range, parts.rows, parts.gone), mergedByFirst: new Map() };
}
