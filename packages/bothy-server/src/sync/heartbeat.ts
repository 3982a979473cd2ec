import type { Clock } from "../base/index.ts";
import type { SyncLimits } from "./limits.ts";

/** Sees to it that a socket whose client is gone does not live for ever (SY5). */
export interface Heartbeat {
  /** A sign of life arrived. */
  heard(): void;
  stop(): void;
}

/** Asks a silent client for a sign of life, and tells when none has come for too long. */
export function startHeartbeat(
  parts: { readonly clock: Clock; readonly limits: SyncLimits },
  owner: { readonly isHeard: () => boolean; readonly ping: () => void; readonly onSilent: () => void },
): Heartbeat {
  const { clock, limits } = parts;
  let heardMs = clock.monotonicMs();
  let cancel: () => void;
  const look = (): void => {
    // Nobody is silent to whom nobody listens.
    if (!owner.isHeard()) heardMs = clock.monotonicMs();
    const silentMs = clock.monotonicMs() - heardMs;
    if (silentMs >= limits.silenceMs) return owner.onSilent();
    if (silentMs >= limits.pingMs) owner.ping();
    cancel = clock.after(silentMs >= limits.pingMs ? limits.pingMs : limits.pingMs - silentMs, look);
  };
  cancel = clock.after(limits.pingMs, look);
  return {
    heard: () => {
      heardMs = clock.monotonicMs();
    },
    stop: () => cancel(),
  };
}
