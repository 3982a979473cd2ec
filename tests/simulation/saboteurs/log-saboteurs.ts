import type { Saboteur } from "./saboteur.ts";

const server = "packages/bothy-server/src";

/** What can go wrong in the log. */
export const logSaboteurs: readonly Saboteur[] = [
  {
    id: "sync-error-ignored",
    title: "a sync that failed counts as one that worked",
    standsFor: "P3; fsync that is trusted after an error",
    file: `${server}/log/commit-log.ts`,
    find: "    await this.#sync(segment.file);\n",
    replace: "    await this.#sync(segment.file).catch(() => undefined);\n",
  },
  {
    id: "append-error-ignored",
    title: "records that could not be written count as written",
    standsFor: "P3; a full disk",
    file: `${server}/log/commit-log.ts`,
    find: "await segment.file.append(bytes);",
    replace: "await segment.file.append(bytes).catch(() => undefined);",
  },
  {
    id: "folder-not-synced",
    title: "the name of a new segment is not synced",
    standsFor: "P3; a missing directory fsync",
    file: `${server}/log/commit-log.ts`,
    find: "if (isNew) await this.#options.disk.syncFolder(this.#options.folder);",
    replace: "",
  },
  {
    id: "torn-end-kept",
    title: "the end that a crash tore stays in the log",
    standsFor: "P3, P10",
    file: `${server}/log/read-log.ts`,
    find: "await file.truncate(offset);",
    replace: "",
  },
];
