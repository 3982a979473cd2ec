import { runFrozen, type ClientClock } from "../base/index.ts";
import { BothyError, isAppError, isBothyError, type AppError } from "../errors/index.ts";
import { bringUp, type RegisteredFunction, type UserIdentity } from "../functions/index.ts";
import type { HeldRanges, Row } from "../ranges/index.ts";
import type { KeyRange, Schema } from "../schema/index.ts";
import type { RowRead } from "./disk-rows.ts";
import type { Segment } from "./segments.ts";
import { createTransaction } from "../transaction/index.ts";
import { createRandom, validate, type Value } from "../values/index.ts";

/** One call of a shared function, with everything that makes its run the same each time. */
export interface LocalCall {
  readonly name: string;
  readonly args: Value;
  /** Of its arguments, where they may be those of an older app. */
  readonly version?: string;
  readonly timeMs: number;
  /** What random numbers are drawn from. */
  readonly seed: string;
  readonly identity: UserIdentity | null;
  /** Names the k-th document that the call inserts into a table. */
  readonly nextId: (table: string, k: number) => string;
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

/** Runs a shared function over rows in the moment of its call (CL4). */
export async function runCall(
  registered: RegisteredFunction,
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
    nextId: call.nextId,
    isReadOnly: registered.kind !== "mutation",
    onRead: (read, found) => {
      for (const one of lacking?.(read, found) ?? []) lacks.add(one);
    },
  });
  const auth = { getUserIdentity: async () => call.identity };
  const run = async (): Promise<Value> => {
    const args = bringUp(call.name, registered, call) as Readonly<Record<string, Value>>;
    if (registered.args) validate(registered.args, args, "arguments_invalid", call.name);
    const value = (await registered.handler({ db: transaction.db, auth }, args)) as Value | undefined;
    const result = value === undefined ? null : value;
    if (registered.returns) validate(registered.returns, result, "returns_invalid", call.name);
    return result;
  };
  const moment = { timeMs: call.timeMs, random: createRandom(call.seed) };
  try {
    const value = await runFrozen(moment, () => settleInTurn(clock, call.name, run));
    const writes = transaction.writes().map(({ table, id, after }) => ({ table, id, row: after ?? null }));
    const isComplete = lacks.size === 0 && transaction.isComplete();
    return { outcome: { kind: "returned", value }, isComplete, reads: transaction.reads(), writes, lacks: [...lacks] };
  } catch (thrown) {
    const isComplete = lacks.size === 0 && transaction.isComplete();
    return {
      outcome: { kind: "threw", error: asTyped(thrown, call.name) },
      isComplete,
      reads: transaction.reads(),
      writes: [],
      lacks: [...lacks],
    };
  }
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
