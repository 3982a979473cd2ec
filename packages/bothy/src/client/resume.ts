import { chainNext } from "../protocol/index.ts";

/** An acknowledged mutation by what the two sides compare: its number and the nonce chain before it. */
export interface ChainedMutation {
  readonly n: number;
  readonly chainBefore: string;
}

/** What this device knows of its own mutations when a deployment answers its hello. */
export interface OwnRecord {
  readonly acked: number;
  readonly chain: string;
  /** Acknowledged mutations that are still kept, gapless up to `acked`. */
  readonly retained: readonly ChainedMutation[];
  /** Unacknowledged mutations, gapless from `acked + 1`. */
  readonly outbox: readonly { readonly n: number; readonly nonce: string }[];
  /** The deployment has another id or epoch than the one that acknowledged: it may have forgotten. */
  readonly hasHistoryChanged: boolean;
}

/** What the deployment's `welcome` says of this device. */
export interface DeploymentRecord {
  readonly n: number;
  readonly chain: string;
}

/** How a device goes on after a welcome (SY21). */
export type ResumePlan =
  /** Push from here; what is retained goes marked `again`. */
  | { readonly kind: "push"; readonly from: number }
  /** The deployment has more than we know of: push one at a time, so that each is told before the next is risked. */
  | { readonly kind: "probe"; readonly from: number }
  | NewDevicePlan;

/**
 * Another history has taken this device's numbers. Go on under a new id, whose record begins after `start`; retained
 * mutations up to `parkUpTo` can no longer be told and are parked.
 */
export interface NewDevicePlan {
  readonly kind: "new_device";
  readonly start: number;
  readonly startChain: string;
  readonly parkUpTo: number;
}

/** Compares a deployment's record of this device with the device's own and decides what is sent. */
export function planResume(own: OwnRecord, record: DeploymentRecord): ResumePlan {
  if (record.n > own.acked) {
    // Its own nonces lead to the record's chain: the acknowledgements were lost on the way, nothing else.
    if (chainAt(own, record.n) === record.chain) return { kind: "push", from: own.acked + 1 };
    return own.outbox.length === 0 ? takeNewId(own, own.acked) : { kind: "probe", from: own.acked + 1 };
  }
  if (chainAt(own, record.n) === record.chain) return { kind: "push", from: record.n + 1 };
  // What the same history acknowledged is still in it, under whatever record.
  if (!own.hasHistoryChanged) return takeNewId(own, own.acked);
  // Numbers above the record cannot be in it; those up to it may be, and the chain cannot say.
  return takeNewId(own, Math.max(record.n, floorOf(own)));
}

/** The number before the first mutation that this device could send again. */
export function floorOf(own: Pick<OwnRecord, "acked" | "retained">): number {
  return (own.retained[0]?.n ?? own.acked + 1) - 1;
}

/** The nonce chain up to n, as far as this device can tell it. */
export function chainAt(own: OwnRecord, n: number): string | undefined {
  if (n === own.acked) return own.chain;
  if (n < own.acked) return own.retained.find((one) => one.n === n + 1)?.chainBefore;
  let chain = own.chain;
  for (const one of own.outbox) {
    if (one.n > n) break;
    chain = chainNext(chain, one.nonce);
    if (one.n === n) return chain;
  }
  return undefined;
}

/**
 * How a device goes on under a new id. After `device_copied` from what was acknowledged: all that was not is another's number.
 * After `device_foreign` from the floor: a copy of this profile came first to a deployment that had forgotten it, so that what was
 * acknowledged is forgotten too, and told again (SY21).
 */
export function takeNewId(own: OwnRecord, start: number): NewDevicePlan {
  const startChain = chainAt(own, start) ?? own.chain;
  const isTold = !own.hasHistoryChanged;
  return { kind: "new_device", start, startChain, parkUpTo: isTold ? 0 : Math.min(start, own.acked) };
}
