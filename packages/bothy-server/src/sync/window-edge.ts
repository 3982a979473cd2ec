import type { Key, KeyRange } from "bothy/internal";
import type { ReadResult } from "../engine/index.ts";
import type { ChangedRow } from "./range-change.ts";
import type { RowForm } from "./row-form.ts";

/** Where a window begins, and how many rows are inside. `edge` equal to the range's lower bound: everything is. */
export interface Window {
  readonly edge: Key;
  readonly count: number;
}

/** How a window's edge has to move: down when fewer than n rows are inside and more exist, up when more than 2n are (SY11). */
export function planEdge(range: KeyRange, newest: number, { edge, count }: Window): "stay" | "down" | "up" {
  if (count > 2 * newest) return "up";
  return count < newest && edge > range.lower ? "down" : "stay";
}

/** The window over the newest rows, as a descending read of at most n of them found it. */
export function windowOver(range: KeyRange, newest: number, read: ReadResult): Window {
  const lowest = read.keys.at(-1);
  const hasMore = read.documents.length >= newest && lowest !== undefined;
  return { edge: hasMore ? lowest : range.lower, count: read.documents.length };
}

/** The rows that a window has let in by moving down from an edge, out of a descending read. */
export function rowsBelow(edge: Key, read: ReadResult, form: RowForm): readonly ChangedRow[] {
  return read.documents.flatMap(({ id, version, text }, i): readonly ChangedRow[] => {
    const key = read.keys[i];
    return key !== undefined && key < edge ? [{ id, key, version, text: form.textOf(text), isNew: true }] : [];
  });
}

/** The part of a range that a window holds. */
export function windowPart(range: KeyRange, edge: Key | null): KeyRange {
  return edge === null ? range : { ...range, lower: edge };
}
