/** The name of a list. */
export type Key = string | number;

/** What is appended to a list: unique among all that is ever appended to its key. */
export type Value = string | number;

/** One operation of a transaction: it put a value at the end of a list, or read a list; null where nobody knows what was read. */
export type Operation =
  | readonly ["append", key: Key, value: Value]
  | readonly ["r", key: Key, values: readonly Value[] | null];

/** One transaction as its caller saw it, in the form of a line of a history file (docs/spec/history.md). */
export interface HistoryLine {
  /** Who called: it calls one thing at a time, and never again after an answer that did not come. */
  readonly process: Key;
  /** Moments of one monotonic clock, before the call and after its answer. */
  readonly start: number;
  readonly end: number;
  readonly type: "ok" | "fail" | "info";
  /** In the order in which the transaction did them. */
  readonly ops: readonly Operation[];
}

/** Reads one line of a history file; throws what is wrong with it. */
export function parseHistoryLine(text: string): HistoryLine {
  const parsed: unknown = JSON.parse(text);
  if (isHistoryLine(parsed)) return parsed;
  throw new Error(`This is no line of a history: ${text.slice(0, 200)}`);
}

function isHistoryLine(value: unknown): value is HistoryLine {
  if (typeof value !== "object" || value === null) return false;
  const { process, start, end, type, ops } = value as Readonly<Record<keyof HistoryLine, unknown>>;
  if (!isScalar(process) || typeof start !== "number" || typeof end !== "number") return false;
  return (type === "ok" || type === "fail" || type === "info") && Array.isArray(ops) && ops.every(isOperation);
}

function isOperation(value: unknown): value is Operation {
  if (!Array.isArray(value) || value.length !== 3 || !isScalar(value[1])) return false;
  if (value[0] === "append") return isScalar(value[2]);
  return value[0] === "r" && (value[2] === null || (Array.isArray(value[2]) && value[2].every(isScalar)));
}

function isScalar(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
