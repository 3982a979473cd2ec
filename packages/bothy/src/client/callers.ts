import type { AppError, BothyError } from "../errors/index.ts";
import type { Outcome } from "../protocol/index.ts";
import { readValue, fromWireError, type Value } from "../values/index.ts";
import type { PendingMutation } from "./overlay.ts";
import type { RejectedCall } from "./stored-rows.ts";

/** The caller's end of a mutation, waiting for its outcome. */
export interface ServerPromise {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: BothyError | AppError) => void;
}

/** How many outcomes are remembered for mutations whose own number is not known yet. */
const outcomesMax = 1_000;

/** Remembers outcomes by number, the newest of them. */
export function rememberOutcomes(outcomeByN: Map<number, Outcome>, outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) outcomeByN.set(outcome[0], outcome);
  for (const n of outcomeByN.keys()) {
    if (outcomeByN.size <= outcomesMax) break;
    outcomeByN.delete(n);
  }
}

/** Tells the caller of an acknowledged mutation how it ended. */
export function settleCaller(
  promises: Map<string, ServerPromise>,
  { n, call }: PendingMutation,
  outcomeByN: ReadonlyMap<number, Outcome>,
  rejected: readonly RejectedCall[],
): void {
  const promise = promises.get(call.nonce);
  if (!promise) return;
  promises.delete(call.nonce);
  const outcome = n === undefined ? undefined : outcomeByN.get(n);
  // A tab that read the storage instead of hearing the poke finds refusals in the list.
  const refused = outcome ? undefined : rejected.find((one) => one.n === n);
  if (refused) promise.reject(fromWireError(refused.error));
  else if (outcome === undefined || outcome[1] === "expired") promise.resolve(null);
  else if (outcome[1] === "applied") promise.resolve(readValue(outcome[2]));
  else promise.reject(fromWireError(outcome[2]));
}
