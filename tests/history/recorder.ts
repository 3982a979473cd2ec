import { createWriteStream } from "node:fs";
import type { HistoryLine, Operation } from "./check-history.ts";
import type { PlannedOperation } from "./workload.ts";

/** How a call ended: the lists that it read, a refusal, or nobody knows. */
export type Ending =
  | { readonly type: "ok"; readonly lists: readonly (readonly number[])[] }
  | { readonly type: "fail" }
  | { readonly type: "info" };

/** What a run has done. */
export interface Counts {
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  /** Appends of answered transactions. */
  readonly appends: number;
  /** Answered lines that only read. */
  readonly queries: number;
}

/** Writes lines as calls end. */
export interface Recorder {
  readonly counts: Counts;
  /** A number that no process has had. */
  newProcess(): number;
  /** Begins a call; what it returns is called with its ending, and notes the line of a process. */
  begin(ops: readonly PlannedOperation[]): (process: number, ending: Ending) => void;
  /** Resolves once everything is written. */
  close(): Promise<void>;
}

/** Milliseconds with fractions: monotonic, the same clock for all clients because they are one process. */
function now(): number {
  return performance.now();
}

export function createRecorder(file: string): Recorder {
  const stream = createWriteStream(file);
  const counts = { ok: 0, fail: 0, info: 0, appends: 0, queries: 0 };
  let lastProcess = 0;
  return {
    counts,
    newProcess: () => ++lastProcess,
    begin: (ops) => {
      const start = now();
      return (process, ending) => {
        const { type } = ending;
        const line: HistoryLine = { process, start, end: now(), type, ops: performed(ops, ending) };
        const appends = ops.filter(({ value }) => value !== undefined).length;
        counts[type] += 1;
        if (type === "ok") counts.appends += appends;
        if (type === "ok" && appends === 0) counts.queries += 1;
        stream.write(`${JSON.stringify(line)}\n`);
      };
    },
    close: () =>
      new Promise((resolve, reject) => {
        stream.once("error", reject);
        stream.end(resolve);
      }),
  };
}

/** The operations with what they read, in order; null where nobody knows. */
function performed(ops: readonly PlannedOperation[], ending: Ending): Operation[] {
  const lists = ending.type === "ok" ? [...ending.lists] : [];
  return ops.map(({ key, value }): Operation => {
    if (value !== undefined) return ["append", key, value];
    return ["r", key, lists.shift() ?? null];
  });
}
