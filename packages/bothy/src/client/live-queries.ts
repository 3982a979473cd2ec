import type { BothyError, AppError } from "../errors/index.ts";
import { RangeIndex } from "../ranges/index.ts";
import { tableOf, type KeyRange, type Schema } from "../schema/index.ts";
import { equalValues, type Value } from "../values/index.ts";
import type { ShownChange } from "./overlay.ts";

/** What a query shows at a moment. A new object is a new result; an unchanged result stays the same object. */
export interface QueryResult<T = Value> {
  /** Undefined while nothing can be said, and after an error. */
  readonly value: T | undefined;
  /** Everything that the answer rests on is on this device. */
  readonly complete: boolean;
  /** `updating`: the last answer of a server-only query, while a newer one is awaited. */
  readonly status: "loading" | "ok" | "updating" | "error";
  readonly error?: BothyError | AppError;
}

/** The result of every query before anything is known. */
export const loadingResult: QueryResult<never> = { value: undefined, complete: false, status: "loading" };

/** A query as it is asked for. */
export interface QueryCall {
  /** The same for equal function and arguments. */
  readonly key: string;
  readonly name: string;
  readonly args: Value;
}

/** An answer, with the ranges that it was read from. */
export interface Evaluation {
  readonly result: QueryResult;
  readonly reads: readonly KeyRange[];
}

/** A way to watch a query. It stays good, and the same object, while the query is watched; a query that was forgotten begins anew. */
export interface LiveQuery {
  readonly result: QueryResult;
  subscribe(listener: () => void): () => void;
}

/** All queries that are watched or were a moment ago; each runs once however many watch it (CL8). */
export interface LiveQueries {
  /** Finds or adds a query. */
  open(call: QueryCall): LiveQuery;
  /** Runs again what a change of what is shown may concern, then shows all new results together. */
  refresh(change: ShownChange): Promise<void>;
  /** Runs one query that was just added, or all. */
  run(key?: string): Promise<void>;
  /** Shows a result that came from elsewhere. */
  show(key: string, result: QueryResult): void;
  /** Those that somebody watches. */
  watched(): readonly QueryCall[];
}

interface Entry {
  readonly call: QueryCall;
  readonly view: LiveQuery;
  readonly listeners: Set<() => void>;
  result: QueryResult;
  stopReads: (() => void)[];
}

export interface LiveQueriesOptions {
  readonly schema: Schema;
  /** Undefined: this query does not run here, its results are shown from elsewhere. */
  readonly evaluate: (call: QueryCall) => Promise<Evaluation | undefined>;
  /** Called with a query that has no result yet. */
  readonly onNew: (call: QueryCall) => void;
  /** Called when the first listener comes and when the last one has gone. */
  readonly onWatched: (call: QueryCall, isWatched: boolean) => void;
  /** Waits a while before a query that nobody watches is forgotten. */
  readonly linger: (forget: () => void) => void;
}

/** Makes an empty set of queries. */
export function createLiveQueries(options: LiveQueriesOptions): LiveQueries {
  const entryByKey = new Map<string, Entry>();
  const readers = new RangeIndex<Entry>();

  const forget = (entry: Entry): void => {
    if (entry.listeners.size > 0) return;
    for (const stop of entry.stopReads) stop();
    entryByKey.delete(entry.call.key);
  };

  const current = (call: QueryCall): Entry => {
    const known = entryByKey.get(call.key);
    if (known) return known;
    const entry: Entry = { call, view: viewOf(call), listeners: new Set(), result: loadingResult, stopReads: [] };
    entryByKey.set(call.key, entry);
    // One that nobody comes to watch (a render that was thrown away) does not stay.
    options.linger(() => forget(entry));
    options.onNew(call);
    return entry;
  };

  const viewOf = (call: QueryCall): LiveQuery => ({
    get result() {
      return current(call).result;
    },
    subscribe(listener) {
      const entry = current(call);
      // A listener of its own for each subscription, so that the same function may subscribe twice.
      const own = (): void => listener();
      entry.listeners.add(own);
      if (entry.listeners.size === 1) options.onWatched(call, true);
      return () => {
        if (!entry.listeners.delete(own) || entry.listeners.size > 0) return;
        options.onWatched(call, false);
        options.linger(() => forget(entry));
      };
    },
  });

  const runAll = async (entries: Iterable<Entry>): Promise<void> => {
    const news: { readonly entry: Entry; readonly result: QueryResult }[] = [];
    for (const entry of entries) {
      const evaluation = await options.evaluate(entry.call);
      if (evaluation === undefined || entryByKey.get(entry.call.key) !== entry) continue;
      for (const stop of entry.stopReads) stop();
      entry.stopReads = evaluation.reads.map((range) => readers.add(range, entry));
      news.push({ entry, result: evaluation.result });
    }
    // All results are in place before the first listener hears of one: nobody sees half a change.
    const told = news.filter(({ entry, result }) => replaceResult(entry, result));
    for (const { entry } of told) for (const listener of [...entry.listeners]) listener();
  };

  return {
    open: (call) => current(call).view,
    async refresh(change) {
      await runAll(
        change.changed === "all" ? [...entryByKey.values()] : findConcerned(options.schema, readers, change),
      );
    },
    async run(key) {
      const entry = key === undefined ? undefined : entryByKey.get(key);
      if (key === undefined) await runAll([...entryByKey.values()]);
      else if (entry) await runAll([entry]);
    },
    show(key, result) {
      const entry = entryByKey.get(key);
      if (!entry || !replaceResult(entry, result)) return;
      for (const listener of [...entry.listeners]) listener();
    },
    watched: () => [...entryByKey.values()].filter(({ listeners }) => listeners.size > 0).map(({ call }) => call),
  };
}

/** The queries whose read ranges contain a changed key, before or after the change. */
function findConcerned(schema: Schema, readers: RangeIndex<Entry>, change: ShownChange): ReadonlySet<Entry> {
  const concerned = new Set<Entry>();
  if (change.changed === "all") return concerned;
  for (const [name, ids] of change.changed) {
    const { indexes } = tableOf(schema, name);
    for (const id of ids) {
      const [before, after] = [change.before.get(name, id), change.after.get(name, id)];
      if (before === after) continue;
      for (const [position, index] of indexes.entries()) {
        const keys = new Set([before?.keys[position], after?.keys[position]]);
        for (const key of keys)
          if (key !== undefined) readers.match(name, index.name, key, (entry) => concerned.add(entry));
      }
    }
  }
  return concerned;
}

/** Puts a result in place unless it says the same; an equal value keeps its identity. */
function replaceResult(entry: Entry, next: QueryResult): boolean {
  const { result } = entry;
  const isSameValue = isEqual(result.value, next.value);
  const isSame =
    isSameValue && result.complete === next.complete && result.status === next.status && result.error === next.error;
  if (isSame) return false;
  entry.result =
    isSameValue && next.value !== undefined && result.value !== undefined ? { ...next, value: result.value } : next;
  return true;
}

function isEqual(a: Value | undefined, b: Value | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalValues(a, b));
}
