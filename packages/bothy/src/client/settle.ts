import type { WireError } from "../errors/index.ts";
import { chainNext, type Outcome } from "../protocol/index.ts";
import type { StorageOperation } from "../storage/index.ts";
import { toldUpTo, type PushPlace } from "./push-plan.ts";
import { deleteRow, putRow, type MutationCall, type RejectedCall, type RetainedCall } from "./stored-rows.ts";

/** How long and how many acknowledged mutations are kept (SY25). */
export const retainedLimits: { readonly ageMsMax: number; readonly countMax: number } = {
  ageMsMax: 7 * 24 * 60 * 60 * 1000,
  countMax: 1_000,
};

/** A mutation that the deployment has acknowledged. */
export interface Acknowledged {
  readonly n: number;
  readonly call: MutationCall;
}

/** What becomes of acknowledged mutations. */
export interface Settlement {
  readonly operations: readonly StorageOperation[];
  readonly retained: readonly RetainedCall[];
  readonly rejected: readonly RejectedCall[];
}

/** Decides what is written in place of acknowledged outbox entries: all are retained for a while, the refused are listed. */
export function planSettlement(
  acknowledged: readonly Acknowledged[],
  outcomeByN: ReadonlyMap<number, Outcome>,
  from: { readonly chainBefore: string; readonly retained: readonly RetainedCall[]; readonly nowMs: number },
): Settlement {
  const { nowMs } = from;
  let chain = from.chainBefore;
  const added: RetainedCall[] = [];
  const rejected: RejectedCall[] = [];
  for (const { n, call } of acknowledged) {
    const refused = refusedCall(n, call, { outcome: outcomeByN.get(n), nowMs });
    added.push({ ...call, n, chainBefore: chain, ackedMs: nowMs, state: refused?.state });
    chain = chainNext(chain, call.nonce);
    if (refused) rejected.push(refused);
  }
  const all = [...from.retained, ...added];
  const young = all.findIndex(({ ackedMs }) => nowMs - ackedMs <= retainedLimits.ageMsMax);
  // From a place on, whatever the clock did meanwhile: numbers without a gap are what can be sent again.
  const kept = young < 0 ? [] : all.slice(young).slice(-retainedLimits.countMax);
  const firstKept = kept[0]?.n ?? Infinity;
  const operations: StorageOperation[] = [
    ...added.filter(({ n }) => n >= firstKept).map((row) => putRow("retained", [row.n], row)),
    ...from.retained.filter(({ n }) => n < firstKept).map(({ n }) => deleteRow("retained", [n])),
    ...rejected.map(putRejected),
  ];
  return { operations, retained: kept, rejected };
}

/** The entry of the rejected list that an outcome asks for, if it does. */
export function refusedCall(
  n: number,
  call: MutationCall,
  { outcome, nowMs }: { readonly outcome: Outcome | undefined; readonly nowMs: number },
): RejectedCall | undefined {
  if (outcome === undefined || (outcome[1] !== "rejected" && outcome[1] !== "parked")) return undefined;
  return { ...call, n, state: outcome[1], error: outcome[2], atMs: nowMs };
}

/** What another history may have or not: only the user can tell. */
export function planParking(
  retained: readonly RetainedCall[],
  upTo: number,
  atMs: number,
): { readonly kept: readonly RetainedCall[]; readonly parked: readonly RejectedCall[] } {
  const error: WireError = {
    code: "device_copied",
    message: "Device copied, deployment restored: the change may be there or not.",
    fix: "Retry the change if it is missing, else discard it.",
  };
  return {
    kept: retained.filter(({ n }) => n > upTo),
    parked: retained.flatMap((call) => (call.n > upTo ? [] : [{ ...call, state: "parked", error, atMs }])),
  };
}

/** Stores an entry of the rejected list. */
export function putRejected(row: RejectedCall): StorageOperation {
  return putRow("rejected", [row.n], row);
}

/** How far a poke acknowledges: as far as it tells outcomes without a gap, and as far as it says of what was pushed (SY20). */
export function ackedBy(
  before: number,
  place: PushPlace,
  ack: number | undefined,
  outcomeByN: ReadonlyMap<number, Outcome>,
): number {
  let acked = Math.max(before, toldUpTo(place, ack));
  while (outcomeByN.has(acked + 1)) acked++;
  return acked;
}
