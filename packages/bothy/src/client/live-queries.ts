import type { BothyError, AppError } from "../errors/index.ts";
import { KeySet } from "../ranges/index.ts";
import type { KeyRange, Schema } from "../schema/index.ts";
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
  /** Shows nothing of any query, all in one step: what was shown was another user's. */
  clear(): void;
  /** Those that somebody watches. */
  watched(): readonly QueryCall[];
  /** What the results rest on. */
  reads(): readonly KeyRange[];
}

interface Entry {
  readonly call: QueryCall;
  readonly view: LiveQuery;
  readonly listeners: Set<() => void>;
  result: QueryResult;
  reads: readonly KeyRange[];
}

type News = readonly [entry: Entry, result: QueryResult];

export interface LiveQueriesOptions {
  readonly schema: Schema;
  /** Undefined: this query does not run here, its results are shown from elsewhere; or not now, and it is run again. */
  readonly evaluate: (call: QueryCall, isNew: boolean) => Promise<Evaluation | undefined>;
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

  const forget = (entry: Entry): void => {
    if (entry.listeners.size === 0) entryByKey.delete(entry.call.key);
  };

  const current = (call: QueryCall): Entry => {
    const known = entryByKey.get(call.key);
    if (known) return known;
    const entry: Entry = { call, view: viewOf(call), listeners: new Set(), result: loadingResult, reads: [] };
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
    const news: News[] = [];
    for (const entry of entries) {
      const evaluation = await options.evaluate(entry.call, entry.result === loadingResult);
      if (evaluation === undefined || entryByKey.get(entry.call.key) !== entry) continue;
      entry.reads = evaluation.reads;
      news.push([entry, evaluation.result]);
    }
    put(news);
  };

  /** All results are in place before the first listener hears of one: nobody sees half a change. */
  const put = (news: readonly News[]): void => {
    const told = news.filter(([entry, result]) => replaceResult(entry, result));
    for (const [{ listeners }] of told) for (const listener of [...listeners]) listener();
  };

  return {
    open: (call) => current(call).view,
    refresh(change) {
      const keys = keysChanged(options.schema, change);
      return runAll([...entryByKey.values()].filter(({ reads }) => keys?.touches(reads) ?? true));
    },
    run: (key) => runAll([...entryByKey.values()].filter(({ call }) => key === undefined || call.key === key)),
    show(key, result) {
      const entry = entryByKey.get(key);
      if (entry) put([[entry, result]]);
    },
    clear: () => put(Array.from(entryByKey.values(), (entry) => [entry, loadingResult])),
    watched: () => [...entryByKey.values()].filter(({ listeners }) => listeners.size > 0).map(({ call }) => call),
    reads: () => [...entryByKey.values()].flatMap(({ reads }) => reads),
  };
}

/** Every key under which a changed document was or is; undefined: anything may have changed. */
function keysChanged(schema: Schema, { before, after, changed }: ShownChange): KeySet | undefined {
  if (changed === "all") return undefined;
  const keys = new KeySet(schema);
  for (const [table, ids] of changed) {
    for (const id of ids) {
      const rows = [before.get(table, id), after.get(table, id)];
      if (rows[0] !== rows[1]) for (const row of rows) keys.add(table, row);
    }
  }
  return keys;
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
