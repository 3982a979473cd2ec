import { chainNext, type Outcome, type PokeHeader } from "../protocol/index.ts";
import type { StorageOperation } from "../storage/index.ts";
import type { Core } from "./core.ts";
import type { PushPlace } from "./push-plan.ts";
import { ackedBy, planSettlement, putRejected, refusedCall } from "./settle.ts";
import type { PokeToStore } from "./poke-log.ts";
import { deleteRow, type RejectedCall, type RetainedCall } from "./stored-rows.ts";

/** Where this device's mutations are before a poke, next to those that are retained. */
type CallsBefore = Pick<Core, "nowMs" | "overlay" | "rejected" | "state">;

/** What a poke says of this device's mutations, and what becomes of each. */
export interface Acknowledgement {
  /** Acknowledged up to here, with the nonce chain that leads there. */
  readonly acked: number;
  readonly chain: string;
  readonly retained: readonly RetainedCall[];
  /** Undefined: the list stays as it is. */
  readonly rejected: readonly RejectedCall[] | undefined;
  /** Outcomes that are kept with the poke until the outbox has been moved. */
  readonly refused: readonly Outcome[];
  readonly moved: PokeToStore["moved"];
  /** Written behind the poke: how mutations ended that were sent again. */
  readonly again: readonly StorageOperation[];
}

/** Decides what a poke acknowledges (SY19, SY20). */
export function planAcknowledgement(
  core: CallsBefore,
  before: readonly RetainedCall[],
  place: PushPlace,
  { ack, outcomes = [] }: PokeHeader,
): Acknowledgement {
  const { state, overlay } = core;
  const outcomeByN = new Map(outcomes.map((outcome) => [outcome[0], outcome]));
  const upTo = ackedBy(state.acked, place, ack, outcomeByN);
  const acknowledged = overlay.pending.flatMap(({ n, call }) => (n !== undefined && n <= upTo ? [{ n, call }] : []));
  const acked = acknowledged[acknowledged.length - 1]?.n ?? state.acked;
  const { operations, retained, rejected } = planSettlement(acknowledged, outcomeByN, {
    chainBefore: state.chain,
    retained: before,
    nowMs: core.nowMs(),
  });
  return {
    ...planAgain(core, retained, outcomes, rejected),
    acked,
    chain: acknowledged.reduce((chain, { call }) => chainNext(chain, call.nonce), state.chain),
    retained,
    refused: outcomes.filter(([n, kind]) => n > state.acked && (kind === "rejected" || kind === "parked")),
    moved: acknowledged.length > 0 ? { upTo: acked, operations } : undefined,
  };
}

/** The rejected list after a poke: what it refused, and how mutations ended that were sent again (SY19). */
function planAgain(
  core: CallsBefore,
  retained: readonly RetainedCall[],
  outcomes: readonly Outcome[],
  fresh: readonly RejectedCall[],
): Pick<Acknowledgement, "again" | "rejected"> {
  const again: StorageOperation[] = [];
  const byN = new Map(core.rejected.value.map((one) => [one.n, one]));
  for (const one of fresh) byN.set(one.n, one);
  for (const outcome of outcomes) {
    const [n, kind] = outcome;
    if (n > core.state.acked) continue;
    const call = retained.find((one) => one.n === n);
    const refused = call && call.state !== "rejected" && refusedCall(n, call, { outcome, nowMs: core.nowMs() });
    if (refused) {
      byN.set(n, refused);
      again.push(putRejected(refused));
    } else if (kind === "applied" && byN.delete(n)) {
      again.push(deleteRow("rejected", [n]));
    }
  }
  const hasChanged = fresh.length > 0 || again.length > 0;
  return { again, rejected: hasChanged ? [...byN.values()].sort((a, b) => a.n - b.n) : undefined };
}
