import { rangeContains, type HeldRanges, type Row } from "../ranges/index.ts";
import type { Schema } from "../schema/index.ts";
import type { Key } from "../values/index.ts";
import type { CallRun } from "./run-call.ts";

/**
 * Rows that are not what they were when pending mutations ran, with every key under which one of those runs may have met
 * them: more keys than needed cost a replay too many, one too few would show what no replay gives.
 */
export interface StaleRows {
  add(table: string, id: string): void;
  /** Notes rows that a run has written just now. */
  addRun(run: CallRun): void;
  /** Tells whether a run would have gone otherwise: it read or wrote one of these rows. */
  concern(run: CallRun): boolean;
}

/** Begins with no stale row. `rowsBefore` and `rowsAfter` are the bases; `runs` are all runs on top of the first. */
export function createStaleRows(
  schema: Schema,
  bases: { readonly before: HeldRanges; readonly after: HeldRanges },
  runs: Iterable<CallRun>,
): StaleRows {
  const writtenRows = new Map<string, Row[]>();
  const idsByTable = new Map<string, Set<string>>();
  const keysByTable = new Map<string, (readonly Key[])[]>();

  const noteWrites = (run: CallRun): void => {
    for (const { table, id, row } of run.writes) {
      const name = `${table} ${id}`;
      const rows = writtenRows.get(name) ?? [];
      writtenRows.set(name, rows);
      if (row !== null) rows.push(row);
    }
  };
  const add = (table: string, id: string): void => {
    const ids = idsByTable.get(table) ?? new Set();
    idsByTable.set(table, ids.add(id));
    const keys = keysByTable.get(table) ?? [];
    keysByTable.set(table, keys);
    const rows = [
      bases.before.get(table, id),
      bases.after.get(table, id),
      ...(writtenRows.get(`${table} ${id}`) ?? []),
    ];
    for (const row of rows) if (row !== undefined) keys.push(row.keys);
  };
  const addRun = (run: CallRun): void => {
    noteWrites(run);
    for (const { table, id } of run.writes) add(table, id);
  };

  for (const run of runs) noteWrites(run);
  return {
    add,
    addRun,
    concern: (run) =>
      run.writes.some(({ table, id }) => idsByTable.get(table)?.has(id) === true) ||
      run.reads.some((range) => {
        const position = schema.tables[range.table]?.indexes.findIndex(({ name }) => name === range.index) ?? -1;
        return keysByTable.get(range.table)?.some((keys) => rangeContains(range, keys[position])) === true;
      }),
  };
}
