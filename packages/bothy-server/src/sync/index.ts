/**
 * One session a device: scopes, queries and mutations in, pokes out (docs/spec/sync.md).
 *
 * Guarantees that a device is moved from version to version over all its ranges at once, that what a scope takes away is
 * gone before anything newer arrives, that a mutation takes effect exactly once, and that nothing leaves before it is
 * durable. Everything a client can make it hold is bounded by `SyncLimits`. What functions mean is the runtime's; what a
 * device makes of its pokes is `bothy/client`'s.
 */
export { defaultSyncLimits } from "./limits.ts";
export type { SyncLimits } from "./limits.ts";
export type { SyncFigures } from "./sync-figures.ts";
export { openSync } from "./open-sync.ts";
export type { Sync, SyncCounts, SyncOptions } from "./open-sync.ts";
