/** A pool of functions that run in this process, directly over an engine; for the tests of `sync` only. */
import {
  bytesOfHex,
  deriveId,
  documentKeys,
  isAppError,
  isBothyError,
  keyRangeOf,
  parseValue,
  rangeSpecToJson,
  stringifyValue,
  tableOf,
  toWireError,
} from "bothy/internal";
import type { Document, FunctionKind, Json, KeyRange, RangeSpec, WireIdentity } from "bothy/internal";
import type { DocumentWrite, Engine } from "../engine/index.ts";
import type { CallOutcome, FunctionCall, FunctionEntry, FunctionPool } from "../runtime/index.ts";

type Fields = { readonly [field: string]: string | number };

/** What a function of a test can do. */
export interface TestContext {
  readonly args: Json;
  readonly timeMs: number;
  /** Reading it makes the result one for this identity only. */
  readonly identity: WireIdentity | null;
  read(spec: RangeSpec): readonly Document[];
  insert(table: string, fields: Fields): string;
  patch(table: string, id: string, fields: Fields): void;
  remove(table: string, id: string): void;
}

export interface TestFunction {
  readonly kind: FunctionKind;
  readonly version?: string;
  /** Other versions of its arguments that it takes. */
  readonly takes?: readonly string[];
  /** Of a scope: what it declares beside its handler. */
  readonly isOnDemand?: boolean;
  readonly leaseMs?: number;
  readonly run: (context: TestContext) => Json | readonly RangeSpec[] | TimedRanges;
}

/** What a scope that depends on the time returns. */
export interface TimedRanges {
  readonly ranges: readonly RangeSpec[];
  readonly until: number;
}

export interface TestPool extends FunctionPool {
  /** Replaces the functions, as a new bundle does. */
  reload(functions: Readonly<Record<string, TestFunction>>): void;
  /** Calls of this function wait until `release`. */
  hold(name: string): void;
  release(name: string): void;
  /** Names of the functions that were called, in order. */
  readonly calls: string[];
}

export function createTestPool(engine: Engine, functions: Readonly<Record<string, TestFunction>>): TestPool {
  let current = functions;
  const listeners = new Set<() => void>();
  const held = new Map<string, (() => void)[]>();
  const calls: string[] = [];
  return {
    calls,
    get functions() {
      return new Map(Object.entries(current).map(([name, declared]) => [name, entryOf(name, declared)]));
    },
    call: async (call) => {
      const waiting = held.get(call.name);
      if (waiting) await new Promise<void>((resolve) => waiting.push(resolve));
      calls.push(call.name);
      const declared = current[call.name];
      if (declared === undefined) {
        return {
          kind: "refused",
          error: { code: "function_missing", message: `There is no function "${call.name}".` },
        };
      }
      if (declared.kind !== call.kind) {
        return {
          kind: "refused",
          error: { code: "function_wrong_kind", message: `"${call.name}" is of another kind.` },
        };
      }
      const { version = "1", takes = [] } = declared;
      if (call.version !== undefined && call.version !== "" && ![version, ...takes].includes(call.version))
        return { ...threwNothing, snapshot: engine.version };
      return runOver(engine, declared, call);
    },
    load: () => Promise.resolve(),
    onReload: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => Promise.resolve(),
    reload: (next) => {
      current = next;
      for (const listener of listeners) listener();
    },
    hold: (name) => void held.set(name, held.get(name) ?? []),
    release: (name) => {
      const waiting = held.get(name) ?? [];
      held.delete(name);
      for (const resolve of waiting) resolve();
    },
  };
}

const threwNothing = {
  kind: "threw",
  reads: [],
  hasReadIdentity: false,
  error: { code: "arguments_invalid", message: "They are of another version." },
} as const;

function entryOf(name: string, { run: _run, takes: _takes, version = "1", ...declared }: TestFunction): FunctionEntry {
  return { name, version, visibility: "public", isShared: false, ...declared };
}

const specByText = new Map<string, RangeSpec>();

/** The same object for a range that was returned before, as the pool of a server gives it. */
function known(spec: RangeSpec): RangeSpec {
  const text = JSON.stringify(rangeSpecToJson(spec));
  const found = specByText.get(text) ?? spec;
  specByText.set(text, found);
  return found;
}

function runOver(engine: Engine, declared: TestFunction, call: FunctionCall): CallOutcome {
  const reads: KeyRange[] = [];
  const writes: DocumentWrite[] = [];
  const finished = { snapshot: engine.version, reads, hasReadIdentity: false };
  let inserts = 0;
  const find = (table: string, id: string): Document => {
    const found = read({ table, index: "by_id", prefix: [id] })[0];
    if (found === undefined) throw new Error(`There is no document ${id}.`);
    return found;
  };
  const read = (spec: RangeSpec): readonly Document[] => {
    const range = keyRangeOf(engine.schema, spec);
    reads.push(range);
    return engine.read(range, "asc", 1_000_000).documents.map(({ text }) => parseValue(text) as Document);
  };
  const keysOf = (table: string, document: Document) => documentKeys(tableOf(engine.schema, table), document);
  const context: TestContext = {
    args: call.args,
    timeMs: call.timeMs,
    get identity() {
      finished.hasReadIdentity = true;
      return call.identity;
    },
    read,
    insert: (table, fields) => {
      const id = deriveId(bytesOfHex(call.deviceKey), bytesOfHex(call.nonce), table, inserts++);
      const document: Document = { _id: id, _creationTime: call.timeMs, ...fields };
      writes.push({ table, id, text: stringifyValue(document), before: null, after: keysOf(table, document) });
      return id;
    },
    patch: (table, id, fields) => {
      const before = find(table, id);
      const after: Document = { ...before, ...fields };
      writes.push({
        table,
        id,
        text: stringifyValue(after),
        before: keysOf(table, before),
        after: keysOf(table, after),
      });
    },
    remove: (table, id) => {
      writes.push({ table, id, text: null, before: keysOf(table, find(table, id)), after: null });
    },
  };
  try {
    const value = declared.run(context);
    if (declared.kind === "scope") {
      const said = value as readonly RangeSpec[] | TimedRanges;
      const timed = "ranges" in said ? said : { ranges: said };
      const ranges = timed.ranges.map(known);
      return { kind: "returned", ...finished, value: null, writes: [], ...timed, ranges };
    }
    return { kind: "returned", ...finished, value: value as Json, writes };
  } catch (error) {
    const isTold = isAppError(error) || isBothyError(error);
    const told = isTold ? toWireError(error) : { code: "function_failed" as const, message: String(error) };
    return { kind: "threw", ...finished, error: told };
  }
}
