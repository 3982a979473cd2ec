import type { Saboteur } from "./saboteur.ts";

const folder = "packages/bothy/src/client";

/** Bugs on the device: what it stores, what it shows, and what it sends. */
export const clientSaboteurs: readonly Saboteur[] = [
  {
    id: "dropped-rows-forgotten",
    title: "a tab does not know that the one before it ended before it had removed dropped rows from the storage",
    standsFor: "C9; a bug that the simulator found",
    file: `${folder}/poke-log.ts`,
    find: "let hasDropped = size.pokeCount > 0;",
    replace: "let hasDropped = false;",
  },
  {
    id: "moved-entry-missed",
    title: "a mutation that is acknowledged while another tab reads the storage is in nothing of what that reads",
    standsFor: "C1; a bug that the simulator found",
    file: `${folder}/hydrate.ts`,
    find: "const early = await storage.listOutbox();",
    replace: "const early: OutboxRow[] = [];",
  },
  {
    id: "rebase-loses-the-last",
    title: "putting pending mutations on top of a poke leaves out the last one",
    standsFor: "C1; saboteur of promises, rebase loses the last mutation",
    file: `${folder}/core.ts`,
    find: "pending: all.filter((one) => !isSettled(one)) }));",
    replace: "pending: all.filter((one) => !isSettled(one)).slice(0, Math.max(1, all.length - 1)) }));",
  },
];
