import type { Saboteur } from "./saboteur.ts";

const folder = "packages/bothy/src/client";

/** Bugs on the device: what it stores, what it shows, and what it sends. */
export const clientSaboteurs: readonly Saboteur[] = [
  {
    id: "rebase-loses-the-last",
    title: "putting pending mutations on top of a poke leaves out the last one",
    standsFor: "C1; saboteur of promises, rebase loses the last mutation",
    file: `${folder}/core.ts`,
    find: "pending: all.filter((one) => !isSettled(one)) }));",
    replace: "pending: all.filter((one) => !isSettled(one)).slice(0, Math.max(1, all.length - 1)) }));",
  },
];
