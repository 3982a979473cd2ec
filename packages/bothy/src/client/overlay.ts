import type { HeldRanges, Row } from "../ranges/index.ts";
import { createBase, type BaseState, type Changed } from "./base-state.ts";
import type { KeyRange, Schema } from "../schema/index.ts";
import { emptyRun, type CallRun } from "./run-call.ts";
import { createStaleRows } from "./stale-runs.ts";
import type { MutationCall } from "./stored-rows.ts";

/** An outbox entry that is applied on the device and not yet seen in a poke; without n while it is being stored. */
export interface PendingMutation {
  readonly n: number | undefined;
  readonly call: MutationCall;
}

/** A change of what is shown: rows before, rows after, and which documents to compare. */
export interface ShownChange {
  readonly before: HeldRanges;
  readonly after: HeldRanges;
  readonly changed: Changed;
}

/** The base with the pending mutations replayed on top of it; what is shown. Callers take turns: nothing here may overlap. */
export interface Overlay {
  readonly base: BaseState;
  readonly pending: readonly PendingMutation[];
  /** Of the arguments of all that is pending. */
  readonly pendingBytes: number;
  readonly shown: HeldRanges;
  /** Runs a call for the first time on top of everything and keeps its effect; it is not pending yet. */
  tryCall(call: MutationCall): Promise<{ readonly run: CallRun; readonly keep: () => ShownChange }>;
  /** Gives pending mutations their numbers; true if their order has changed and a rebase is needed. */
  number(nByNonce: ReadonlyMap<string, number>): boolean;
  /** Puts another base, other pending mutations or both in place, and replays those that may go otherwise now. */
  rebase(next: Rebase): Promise<ShownChange>;
  /** Puts rows of the base in place that were not in memory yet, also while a rebase is under way. Nothing has changed by that. */
  fill(table: string, rows: readonly Row[]): void;
  /** Takes a row of the base out of memory; what is pending keeps what it wrote. */
  drop(table: string, id: string): void;
  /** The last run of a pending mutation. */
  runOf(call: MutationCall): CallRun | undefined;
  /** What the pending mutations have read. */
  reads(): readonly KeyRange[];
}

/** What a rebase begins with, where it differs from what is. */
export interface Rebase {
  readonly base?: NextBase;
  readonly pending?: readonly PendingMutation[];
  /** Everything is replayed, also what no row has changed for. */
  readonly isFresh?: boolean;
  /**
   * While a scope fails: calls that are pending no more because they were applied. What they wrote stays until the base has
   * something else there, or until a rebase without any.
   */
  readonly applied?: readonly MutationCall[] | undefined;
}

interface NextBase {
  readonly state: BaseState;
  readonly changed: Changed;
}

/**
 * Makes an overlay over nothing. `replay` runs a call over rows, and does not change them; what is pending and has a number up to
 * `appliedUpTo` is in the base already, and is not replayed.
 */
export function createOverlay(
  schema: Schema,
  replay: (rows: HeldRanges, call: MutationCall) => Promise<CallRun>,
  appliedUpTo: () => number = () => 0,
): Overlay {
  let base = createBase(schema);
  let pending: readonly PendingMutation[] = [];
  let pendingBytes = 0;
  let shown = base.held;
  let written = new Map<string, Set<string>>();
  // The last run of each pending mutation, in the order in which they were made; it counts until something that it read or wrote
  // has changed.
  const runByCall = new Map<MutationCall, CallRun>();
  // What was applied, and has not come back yet.
  let awaited: readonly CallRun[] = [];

  return {
    get base() {
      return base;
    },
    get pending() {
      return pending;
    },
    get pendingBytes() {
      return pendingBytes;
    },
    get shown() {
      return shown;
    },
    async tryCall(call) {
      const run = await replay(shown, call);
      const keep = (): ShownChange => {
        const before = shown;
        const after = shown.clone();
        const changed = new Map<string, Set<string>>();
        keepWrites(after, run, changed);
        mergeInto(written, changed);
        runByCall.set(call, run);
        shown = after;
        pending = orderPending([...pending, { n: undefined, call }]);
        pendingBytes += sizeOf(call);
        return { before, after, changed };
      };
      return { run, keep };
    },
    number(nByNonce) {
      const numbered = pending.map((one) => ({ call: one.call, n: nByNonce.get(one.call.nonce) ?? one.n }));
      const ordered = orderPending(numbered);
      const isSameOrder = ordered.every(({ call }, place) => call === pending[place]?.call);
      pending = ordered;
      return !isSameOrder;
    },
    async rebase(next) {
      const before = shown;
      const old = base;
      base = next.base?.state ?? base;
      pending = orderPending(next.pending ?? pending);
      pendingBytes = pending.reduce((sum, { call }) => sum + sizeOf(call), 0);
      const fromBase = next.base?.changed ?? noChange;
      const isAll = fromBase === "all" || next.isFresh === true;
      const stale = createStaleRows(schema, { before: old.held, after: base.held }, runByCall.values());
      const isOld = (table: string, id: string): boolean => old.held.get(table, id) === base.held.get(table, id);
      for (const [table, ids] of fromBase === "all" ? noChange : fromBase) {
        for (const id of ids) if (!isOld(table, id)) stale.add(table, id);
      }
      const calls = new Set(pending.map(({ call }) => call));
      const isAwaited = ({ writes }: CallRun): boolean => writes.every(({ table, id }) => isOld(table, id));
      for (const run of awaited) stale.addRun(run);
      awaited = next.applied ? awaited.filter(isAwaited) : [];
      for (const [call, run] of runByCall) {
        if (calls.has(call)) continue;
        // What was acknowledged or taken back is no longer below the others.
        stale.addRun(run);
        runByCall.delete(call);
        if (next.applied?.includes(call) && isAwaited(run)) awaited = [...awaited, run];
      }
      const ran = [...runByCall.keys()];
      const firstMoved = pending.findIndex(({ call }, place) => call !== ran[place]);
      // With nothing on top there is no need for two of them.
      const after = pending.length + awaited.length === 0 ? base.held : base.held.clone();
      const oldWritten = written;
      const nextWritten = new Map<string, Set<string>>();
      // From here on, so that rows that a replay waits for are put where it looks for them.
      shown = after;
      written = nextWritten;
      for (const run of awaited) keepWrites(after, run, nextWritten);
      for (const [place, { n = Infinity, call }] of pending.entries()) {
        const known = runByCall.get(call);
        const isMoved = firstMoved >= 0 && place >= firstMoved;
        let run = known;
        // On top of its own effect it would have it twice.
        if (n <= appliedUpTo()) run = emptyRun;
        else if (!run || isAll || isMoved || stale.concern(run)) run = await replay(after, call);
        if (run !== known) for (const one of [known, run]) if (one) stale.addRun(one);
        runByCall.delete(call);
        runByCall.set(call, run);
        keepWrites(after, run, nextWritten);
      }
      if (fromBase === "all") return { before, after, changed: "all" };
      const changed = new Map<string, Set<string>>();
      for (const one of [oldWritten, nextWritten, fromBase]) mergeInto(changed, one);
      return { before, after, changed };
    },
    fill(table, rows) {
      base.held.putNew(table, rows);
      const ids = written.get(table);
      if (shown === base.held) return;
      shown.putNew(table, ids ? rows.filter(({ id }) => !ids.has(id)) : rows);
    },
    drop(table, id) {
      base.held.remove(table, id);
      if (shown !== base.held && !written.get(table)?.has(id)) shown.remove(table, id);
    },
    runOf: (call) => runByCall.get(call),
    reads: () => [...runByCall.values()].flatMap(({ reads }) => reads),
  };
}

function keepWrites(rows: HeldRanges, { writes }: CallRun, into: Map<string, Set<string>>): void {
  for (const { table, id, row } of writes) {
    const ids = into.get(table) ?? new Set();
    into.set(table, ids.add(id));
    if (row === null) rows.remove(table, id);
    else rows.put(table, row);
  }
}

// Arguments never change, so each is measured once.
const sizeByCall = new WeakMap<MutationCall, number>();

/** How much a call takes of what may wait. */
export function sizeOf(call: MutationCall): number {
  const size = sizeByCall.get(call) ?? JSON.stringify(call.args).length;
  sizeByCall.set(call, size);
  return size;
}

const noChange: ReadonlyMap<string, ReadonlySet<string>> = new Map();

/** Numbered mutations in the order of their numbers, then those that are being stored, in the order of their calls (CL5). */
export function orderPending(pending: readonly PendingMutation[]): readonly PendingMutation[] {
  // Infinity less itself is no number.
  return pending.toSorted(({ n: a = Infinity }, { n: b = Infinity }) => a - b || 0);
}

function mergeInto(into: Map<string, Set<string>>, from: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [table, ids] of from) {
    const known = into.get(table) ?? new Set();
    into.set(table, known);
    for (const id of ids) known.add(id);
  }
}
