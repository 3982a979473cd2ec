import type { Outcome, PushedMutation } from "../protocol/index.ts";
import type { Core } from "./core.ts";
import type { RetainedCall } from "./stored-rows.ts";

/** How much a device has on its way at once; acknowledgements open the window again. */
export const pushLimits: { readonly inFlightMax: number; readonly frameBytesMax: number } = {
  inFlightMax: 100,
  frameBytesMax: 256 * 1024,
};

/** Where pushing stands on one connection. */
export interface PushPlace {
  /** The number that goes next. */
  readonly next: number;
  /** The highest number that this connection has answered, or that was settled before it. */
  readonly answered: number;
  /** One mutation at a time (SY21). */
  readonly isProbing: boolean;
}

/** Decides which mutations go in the next frame: in order, without a gap, within the window. Empty: nothing now. */
export function planPush(
  place: PushPlace,
  mutationAt: (n: number) => PushedMutation | undefined,
): readonly PushedMutation[] {
  const lastAllowed = place.answered + (place.isProbing ? 1 : pushLimits.inFlightMax);
  const frame: PushedMutation[] = [];
  let frameBytes = 0;
  for (let n = place.next; n <= lastAllowed; n++) {
    const mutation = mutationAt(n);
    if (mutation === undefined) break;
    frameBytes += JSON.stringify(mutation).length;
    // One that is larger than the bound goes alone.
    if (frame.length > 0 && frameBytes > pushLimits.frameBytesMax) break;
    frame.push(mutation);
  }
  return frame;
}

/** What the record's number says of what was pushed. In a probe it says nothing of what is ours. */
export function toldUpTo({ isProbing, next }: PushPlace, ack = 0): number {
  return isProbing ? 0 : Math.min(ack, next - 1);
}

/** Opens the window by what was answered on this connection. */
export function answeredPlace(place: PushPlace, ack: number | undefined, outcomes: readonly Outcome[]): PushPlace {
  let answered = Math.max(place.answered, toldUpTo(place, ack));
  for (const [n] of outcomes) answered = Math.max(answered, n);
  return { ...place, answered };
}

/** Finds mutations by number as they are sent now; those that were acknowledged go marked `again`, with how they were refused. */
export function lookUpMutations(
  { overlay }: Pick<Core, "overlay">,
  retained: readonly RetainedCall[],
): (n: number) => PushedMutation | undefined {
  const byN = new Map(overlay.pending.map(({ n, call }) => [n, call]));
  return (n) => {
    // What is retained was acknowledged, and nothing else was.
    const kept = retained.find((one) => one.n === n);
    const call = kept ?? byN.get(n);
    if (!call) return undefined;
    const { nonce, name, version, args, time } = call;
    return { n, nonce, name, version, args, time, again: kept && (kept.state ?? true) };
  };
}
