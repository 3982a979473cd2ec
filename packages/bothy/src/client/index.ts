/**
 * The client: an app's data on this device, shown at once, changed at once, and kept in step with a deployment
 * (docs/spec/client.md, CL; docs/spec/sync.md, SY).
 *
 * What is shown is what the deployment has sent, with this device's unacknowledged mutations replayed on top. A mutation whose
 * `local` promise has resolved reaches the deployment once, or is listed as rejected. React bindings are `react`'s; where
 * data is kept is `storage`'s.
 */
export { BothyClient, createClient } from "./client.ts";
export type { ClientOptions, QueryView } from "./client.ts";
export type { ClientApp } from "./shared-functions.ts";
export type { HoldOptions, HoldState, HoldStatus, ScopeHold } from "./holds.ts";
export type { QueryResult } from "./live-queries.ts";
export type { MutationPromises } from "./mutations.ts";
export type { Eviction } from "./marker.ts";
export type { ClientStatus } from "./status.ts";
export type { SignOutOptions, SwitchUserOptions } from "./user.ts";
export type { OutboxEntry, RejectedEntry } from "./views.ts";
