import { clientSaboteurs } from "./client-saboteurs.ts";
import { engineSaboteurs } from "./engine-saboteurs.ts";
import { liveSaboteurs } from "./live-saboteurs.ts";
import { logSaboteurs } from "./log-saboteurs.ts";
import { runtimeSaboteurs } from "./runtime-saboteurs.ts";
import { syncSaboteurs } from "./sync-saboteurs.ts";
import type { Saboteur } from "./saboteur.ts";

const server = "packages/bothy-server/src";
const client = "packages/bothy/src";

/** Every saboteur. One that cannot be applied any more fails by name: then the code has moved, and so must it. */
export const saboteurs: readonly Saboteur[] = [
  {
    id: "acknowledge-before-sync",
    title: "a group counts as durable once it is written, before it is synced",
    standsFor: "P3; NATS 2.12.1 acknowledged before fsync",
    file: `${server}/log/commit-log.ts`,
    find: "    await this.#sync(segment.file);\n",
    replace: "    void this.#sync(segment.file);\n",
  },
  {
    id: "forget-read-ranges",
    title: "what a transaction read is not validated, only what it writes",
    standsFor: "P1; PostgreSQL 12.3 G2-item",
    file: `${server}/engine/running-engine.ts`,
    find: "for (const range of reads) if (this.#recent.isTouchedSince(range, snapshot)) return { range, writes };",
    replace: "void reads;",
  },
  {
    id: "first-mutation-is-falsy",
    title: "a device does not list what was refused if it was the very first mutation",
    standsFor: "C6; a peer's first mutation had the falsy id 0",
    file: `${client}/client/settle.ts`,
    find: "    if (refused) rejected.push(refused);",
    replace: "    if (refused && n - 1) rejected.push(refused);",
  },
  {
    id: "drop-no-ranges",
    title: "ranges that a scope no longer returns stay where they are",
    standsFor: "C9; Electric a1b736f kept rows that had moved out of a shape",
    file: `${server}/sync/plan-ranges.ts`,
    find: "} else if (!isKept) lost.push(id);",
    replace: "} else if (!isKept) continue;",
  },
  ...logSaboteurs,
  ...clientSaboteurs,
  ...engineSaboteurs,
  ...runtimeSaboteurs,
  ...liveSaboteurs,
  ...syncSaboteurs,
];
