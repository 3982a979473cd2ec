import type { ClientDevice, WatchedQuery } from "../run/client-device.ts";
import type { History } from "../run/history.ts";
import type { LoggedCommit } from "../oracle/read-log-files.ts";
import type { Broken } from "./broken.ts";
import { checkCommits } from "./check-commits.ts";
import { checkMutations } from "./check-mutations.ts";
import { checkOwnWrites } from "./check-own-writes.ts";
import { checkServerCalls } from "./check-server-calls.ts";
import { checkShown } from "./check-shown.ts";
import { checkStorage, checkWire } from "./check-wire.ts";
import { FreshResults } from "./fresh-results.ts";

/** What is known of a run once it is over. */
export interface FinishedRun {
  readonly history: History;
  /** The log as it lies on the disk in the end. */
  readonly commits: readonly LoggedCommit[];
  readonly devices: readonly ClientDevice[];
  readonly watched: readonly WatchedQuery[];
}

/** All checks of a finished run. */
export function checkRun(run: FinishedRun): readonly Broken[] {
  const committed = checkCommits(run);
  const fresh = new FreshResults(run.commits);
  return [
    ...committed.broken,
    ...checkMutations(run, committed),
    ...checkServerCalls(run, committed, fresh),
    ...checkWire(run, fresh),
    ...checkShown(run, fresh),
    ...checkOwnWrites(run, committed),
    ...checkStorage(run),
  ];
}
