/**
 * From a commit to what it touches: queries and scopes that are run again when a commit writes into what they read.
 *
 * A subscriber is told results in the order of their versions, each only once it is durable, and can ask at any moment
 * whether the last one still holds at a version: a commit is known to have touched it before that commit returns. Runs are
 * shared by function, arguments and, where it is read, identity. What is done with a result is its subscriber's.
 */
export type { LiveFigures, LiveState } from "./live-figures.ts";
export { defaultLiveLimits } from "./limits.ts";
export type { LiveLimits } from "./limits.ts";
export type { LiveCall, LivePool, LiveResult } from "./live-pool.ts";
export { matchWrite } from "./match-writes.ts";
export { openLive } from "./open-live.ts";
export type { Live, LiveSubscription } from "./open-live.ts";
