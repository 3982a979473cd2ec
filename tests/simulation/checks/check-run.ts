import type { Broken } from "./broken.ts";
import { checkCommits } from "./check-commits.ts";
import { checkMutations } from "./check-mutations.ts";
import { checkOwnWrites } from "./check-own-writes.ts";
import { checkServerCalls } from "./check-server-calls.ts";
import { checkShown } from "./check-shown.ts";
import { checkStorage, checkWire } from "./check-wire.ts";
import type { FinishedRun } from "./finished-run.ts";
import { FreshResults } from "./fresh-results.ts";

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
