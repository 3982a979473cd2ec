import { runFrozen, type ClientClock } from "../base/index.ts";
import { BothyError, isAppError, isBothyError, type AppError } from "../errors/index.ts";
import { bringUp, type CallSource, type RegisteredFunction, type UserIdentity } from "../functions/index.ts";
import type { HeldRanges, Row } from "../ranges/index.ts";
import type { KeyRange, Schema } from "../schema/index.ts";
import type { RowRead } from "./disk-rows.ts";
import type { Segment } from "./segments.ts";
import { createTransaction } from "../transaction/index.ts";
import { validate, type Value } from "../values/index.ts";

/** A shared function with its arguments. */
export interface LocalPart {
  readonly name: string;
  readonly registered: RegisteredFunction;
  readonly args: Value;
  /** Of its arguments, where they may be those of an older app. */
  readonly version?: string;
}

/** A call, or several that are one transaction, with everything that makes their run the same each time. */
export interface LocalCall {
  readonly parts: readonly LocalPart[];
  readonly isGroup: boolean;
  readonly timeMs: number;
  readonly source: CallSource;
  readonly identity: UserIdentity | null;
}

/** What a run came to. Its writes are not applied yet. */
export interface CallRun {
  readonly outcome:
    | { readonly kind: "returned"; readonly value: Value }
    | { readonly kind: "threw"; readonly error: BothyError | AppError };
  /** Everything that it read is wholly known here. */
  readonly isComplete: boolean;
  readonly reads: readonly KeyRange[];
  /** Rows that it put, or null for those it deleted; none if it threw. */
  readonly writes: readonly RowWrite[];
  /** What has to be read from disk first: then nothing else of this counts. */
  readonly lacks: readonly Segment[];
}

export interface RowWrite {
  readonly table: string;
  readonly id: string;
  readonly row: Row | null;
}

/** Where calls run. */
export interface RunPlace {
  readonly schema: Schema;
  readonly clock: ClientClock;
  /** What is on disk only of what a read asks for; absent where everything is in memory. */
  readonly lacking?: (read: RowRead, found: readonly Row[]) => readonly Segment[];
}

/** The run of a function that is not here, or of one that could not even be tried: no effect. */
export const emptyRun: CallRun = {
  outcome: { kind: "returned", value: null },
  isComplete: false,
  reads: [],
  writes: [],
  lacks: [],
};

/** Runs shared functions over rows in the moment of their call (CL4, CL11). */
export async function runCall(
  call: LocalCall,
  rows: HeldRanges,
  { schema, clock, lacking }: RunPlace,
): Promise<CallRun> {
  const lacks = new Set<Segment>();
  const transaction = createTransaction({
    schema,
    // A clone, because a transaction keeps its writes in it; the caller takes them over or not.
    held: rows.clone(),
    timeMs: call.timeMs,
    nextId: call.source.nextId,
    isReadOnly: call.parts.some(({ registered }) => registered.kind !== "mutation"),
    onRead: (read, found) => {
      for (const one of lacking?.(read, found) ?? []) lacks.add(one);
    },
  });
  const auth = { getUserIdentity: async () => call.identity };
  let running = "";
  const run = async (part: LocalPart): Promise<Value> => {
    const { name, registered } = part;
    const args = bringUp(name, registered, part) as Readonly<Record<string, Value>>;
    if (registered.args) validate(registered.args, args, "arguments_invalid", name);
    const result = ((await registered.handler({ db: transaction.db, auth }, args)) ?? null) as Value;
    if (registered.returns) validate(registered.returns, result, "returns_invalid", name);
    return result;
  };
  let outcome: CallRun["outcome"];
  try {
    const values = await runFrozen({ timeMs: call.timeMs, random: call.source.random }, async () => {
      const results: Value[] = [];
      for (const [k, part] of call.parts.entries()) {
        if (call.isGroup) call.source.begin(k);
        running = part.name;
        results.push(await settleInTurn(clock, running, () => run(part)));
      }
      return results;
    });
    outcome = { kind: "returned", value: (call.isGroup ? values : values[0]) ?? null };
  } catch (thrown) {
    outcome = { kind: "threw", error: asTyped(thrown, running) };
  }
  const writes = outcome.kind === "threw" ? [] : transaction.writes();
  return {
    outcome,
    isComplete: lacks.size === 0 && transaction.isComplete(),
    reads: transaction.reads(),
    writes: writes.map(({ table, id, after }) => ({ table, id, row: after ?? null })),
    lacks: [...lacks],
  };
}

/** Waits for a handler for as long as microtasks run: whatever takes longer waits for something that no replay can repeat. */
async function settleInTurn<T>(clock: ClientClock, name: string, run: () => Promise<T>): Promise<T> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.soon(() =>
      reject(
        new BothyError("function_not_deterministic", {
          message: `The shared function ${name} waits for something outside its transaction.`,
          fix: "Pass what it needs as an argument.",
        }),
      ),
    );
  });
  try {
    return await Promise.race([run(), late]);
  } finally {
    cancel();
  }
}

function asTyped(thrown: unknown, name: string): BothyError | AppError {
  if (isBothyError(thrown) || isAppError(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new BothyError("function_failed", {
    message: `The function ${name} threw on this device: ${message}`,
    fix: "Throw an AppError where a caller is to know.",
    cause: thrown,
  });
}
