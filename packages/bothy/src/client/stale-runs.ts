import { KeySet, type HeldRanges, type Row } from "../ranges/index.ts";
import type { Schema } from "../schema/index.ts";
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
  const keys = new KeySet(schema);

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
    const written = writtenRows.get(`${table} ${id}`) ?? [];
    for (const row of [bases.before.get(table, id), bases.after.get(table, id), ...written]) keys.add(table, row);
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
      run.writes.some(({ table, id }) => idsByTable.get(table)?.has(id) === true) || keys.touches(run.reads),
  };
}
