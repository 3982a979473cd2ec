import type { Anomaly, AnomalyKind } from "./anomaly.ts";
import type { HistoryLine, Key, Operation, Value } from "./history-line.ts";

/** Who appended a value. Lines are named by their place, from 0. */
export interface Write {
  readonly line: number;
  /** Whether it was the last that its transaction appended to the key. */
  isLast: boolean;
}

/** What a transaction saw of a key. */
export interface KeyRead {
  readonly line: number;
  /** What it read last: what was there before it, then what it had appended itself. */
  list: readonly Value[];
  /** How much of the list was there before the transaction. */
  readonly before: number;
}

/** All that a history says about one key. */
export interface KeyHistory {
  readonly key: Key;
  readonly writeByValue: Map<Value, Write>;
  /** Of answered transactions, one for each that read the key. */
  readonly reads: KeyRead[];
}

/** Sorts a history by keys, and finds what contradicts itself inside one transaction. */
export function collectKeys(history: readonly HistoryLine[], found: Anomaly[]): Map<Key, KeyHistory> {
  const keys = new Map<Key, KeyHistory>();
  for (const [at, { ops }] of history.entries()) collectWrites(keys, at, ops, found);
  for (const [at, { type, ops }] of history.entries()) if (type === "ok") collectReads(keys, at, ops, found);
  return keys;
}

function keyHistory(keys: Map<Key, KeyHistory>, key: Key): KeyHistory {
  const known = keys.get(key) ?? { key, writeByValue: new Map(), reads: [] };
  keys.set(key, known);
  return known;
}

function collectWrites(keys: Map<Key, KeyHistory>, line: number, ops: readonly Operation[], found: Anomaly[]): void {
  const lastByKey = new Map<Key, Write>();
  for (const op of ops) {
    const { writeByValue } = keyHistory(keys, op[1]);
    if (op[0] === "r") continue;
    const [, key, value] = op;
    const other = writeByValue.get(value);
    if (other !== undefined) {
      found.push(
        anomaly("malformed", `${value} is appended to ${key} twice, so nothing can be told`, other.line, line),
      );
      continue;
    }
    const before = lastByKey.get(key);
    if (before !== undefined) before.isLast = false;
    const write = { line, isLast: true };
    lastByKey.set(key, write);
    writeByValue.set(value, write);
  }
}

/** What a transaction knows of a key on its way. */
interface Known {
  read: KeyRead | undefined;
  readonly own: Value[];
}

function collectReads(keys: Map<Key, KeyHistory>, line: number, ops: readonly Operation[], found: Anomaly[]): void {
  const knownByKey = new Map<Key, Known>();
  for (const op of ops) {
    const [, key] = op;
    const known = knownByKey.get(key) ?? { read: undefined, own: [] };
    knownByKey.set(key, known);
    if (op[0] === "append") known.own.push(op[2]);
    else if (op[2] !== null) {
      const read = readOn(known, op[2], line);
      if (read === undefined) {
        found.push(anomaly("internal", `the read of ${key} contradicts what the transaction itself has done`, line));
      } else {
        if (known.read === undefined) keyHistory(keys, key).reads.push(read);
        known.read = read;
      }
    }
  }
}

/** The read of a transaction after one more list; undefined if the list does not fit what it has read and appended. */
function readOn({ read, own }: Known, list: readonly Value[], line: number): KeyRead | undefined {
  const before = read?.before ?? list.length - own.length;
  if (before < 0 || list.length !== before + own.length) return undefined;
  if (own.some((value, at) => list[before + at] !== value)) return undefined;
  if (read === undefined) return { line, list, before };
  if (!startsWith(list, read.list, before)) return undefined;
  read.list = list;
  return read;
}

/** Whether two lists are the same up to a length. */
export function startsWith(list: readonly Value[], other: readonly Value[], length: number): boolean {
  for (let at = 0; at < length; at++) if (list[at] !== other[at]) return false;
  return true;
}

/** An anomaly at lines that are named by their place, from 0. */
export function anomaly(kind: AnomalyKind, message: string, ...lines: readonly number[]): Anomaly {
  return { kind, message, lines: lines.map((line) => line + 1) };
}
