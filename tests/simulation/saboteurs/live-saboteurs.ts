import type { Saboteur } from "./saboteur.ts";

const server = "packages/bothy-server/src";

/** What can go wrong in live queries and scopes. */
export const liveSaboteurs: readonly Saboteur[] = [
  {
    id: "write-during-run-missed",
    title: "a commit between the snapshot of a run and its end does not make the result stale",
    standsFor: "P7; invalidation that races a run",
    file: `${server}/live/computation.ts`,
    find: "const isClean = reads.every((range) => engine.isUnchangedSince(range, result.snapshot));",
    replace: "const isClean = reads.every((range) => engine.isUnchangedSince(range, engine.version));",
  },
  {
    id: "stale-while-running",
    title: "a result that becomes stale while the function runs again is not run once more",
    standsFor: "P7; a lost wake-up",
    file: `${server}/live/computation.ts`,
    find: "if (run.staleSince !== Infinity) this.#owner.onStale(this);",
    replace: "",
  },
  {
    id: "results-shared-across-users",
    title: "a result that depends on who is calling is shared with everybody",
    standsFor: "C8; state shared between subscribers (Parse GHSA-m983)",
    file: `${server}/live/computation.ts`,
    find: "const identity = mayHaveReadIdentity(outcome) ? nameOfIdentity(this.call.identity) : undefined;",
    replace: 'const identity = outcome.kind === "exceeded" ? nameOfIdentity(this.call.identity) : undefined;',
  },
];
