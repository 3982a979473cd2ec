/** Bounds on the work of `live`. */
export interface LiveLimits {
  /** Functions that run at one time; the others wait in the order in which they became stale. */
  readonly runsMax: number;
  /** Pause before a run that came to no end is tried again; it doubles up to the longest. */
  readonly retryMs: number;
  readonly retryMsMax: number;
}

/** What a deployment has unless it says otherwise. */
export const defaultLiveLimits: LiveLimits = { runsMax: 64, retryMs: 250, retryMsMax: 60_000 };
