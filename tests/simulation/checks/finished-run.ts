import type { LoggedCommit } from "../oracle/read-log-files.ts";
import type { ClientDevice, WatchedQuery } from "../run/client-device.ts";
import type { History } from "../run/history.ts";

/** What is known of a run once it is over. */
export interface FinishedRun {
  readonly history: History;
  /** The log as it lies on the disk in the end. */
  readonly commits: readonly LoggedCommit[];
  readonly devices: readonly ClientDevice[];
  readonly watched: readonly WatchedQuery[];
}
