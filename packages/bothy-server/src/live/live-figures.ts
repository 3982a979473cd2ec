/** What `live` has counted since it was opened. */
export interface LiveFigures {
  /** Runs of subscribed queries and scopes, first ones included. */
  runs: number;
  /** Results that a commit made stale: each leads to another run. */
  invalidations: number;
  /** Results of scopes whose time had come: each leads to another run. */
  dueRuns: number;
  /** Runs that came to no end, and are tried again. */
  unavailableRuns: number;
}

/** How much `live` has to do at one moment. */
export interface LiveState {
  readonly subscribers: number;
  readonly waitingRuns: number;
  readonly runningRuns: number;
}
