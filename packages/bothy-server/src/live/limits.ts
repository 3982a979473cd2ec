/** Bounds on the work of `live`. */
export interface LiveLimits {
  /** Queries that run at one time; the others wait in the order in which they became stale. */
  readonly runsMax: number;
  /** The same for scopes, for which devices wait: they don't stand behind queries. */
  readonly scopeRunsMax: number;
  /** Runs that are begun before commits and messages have their turn. */
  readonly runsPerTurn: number;
  /** Results of a scope in a row that were stale before anybody could act on them; then it runs with what it reads reserved. */
  readonly overtakenMax: number;
  /** From such a result on, what it read stays reserved for so long: its devices are told of it. */
  readonly actMs: number;
  /** Pause before a run that came to no end is tried again; it doubles up to the longest. */
  readonly retryMs: number;
  readonly retryMsMax: number;
  /** From one run of a scope to the next that only the time asks for. */
  readonly untilMs: number;
  /** The clock may be set: how often it is looked at for a moment that lies further ahead. */
  readonly untilPollMs: number;
}

/** What a deployment has unless it says otherwise. */
export const defaultLiveLimits: LiveLimits = {
  runsMax: 64,
  scopeRunsMax: 64,
  runsPerTurn: 16,
  overtakenMax: 8,
  actMs: 10,
  retryMs: 250,
  retryMsMax: 60_000,
  untilMs: 1_000,
  untilPollMs: 30_000,
};
