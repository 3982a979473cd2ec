import { callsOf, queuedCallsMax, type QueuedCalls } from "../protocol/index.ts";
import type { PendingMutation } from "./overlay.ts";

/** What waits here to be sent, as a hello says it (CL41). */
export function queuedCalls(pending: readonly PendingMutation[]): QueuedCalls {
  const countByCall = new Map<string, [name: string, version: string, count: number]>();
  const numbered = pending.filter(({ n }) => n !== undefined);
  for (const [name, version] of numbered.flatMap(({ call }) => callsOf(call))) {
    const one = countByCall.get(name + version) ?? [name, version, 0];
    one[2]++;
    countByCall.set(name + version, one);
  }
  return { count: numbered.length, calls: [...countByCall.values()].slice(0, queuedCallsMax) };
}
