import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
/** The limits of the code: where each table of the specification finds its names. A test about the code reads its files. */
const sources: Readonly<Record<string, readonly (readonly [path: string, ...names: string[]])[]>> = {
  limits: [["bothy/src/values/limits.ts", "limits"]],
  protocolLimits: [
    [
      "bothy/src/protocol/limits.ts",
      "protocolLimits",
      "bucketLevelMax",
      "queuedCallsMax",
      "repairRowsMax",
      "wroteDocumentsMax",
      "wroteFieldsMax",
    ],
  ],
  engine: [
    ["bothy-server/src/engine/reservations.ts", "holdMs", "holdsMax", "waitMs", "reservationsMax"],
    ["bothy-server/src/engine/run-in-turn.ts", "attemptsMax"],
    ["bothy-server/src/engine/recent-writes.ts", "rememberedVersionsMin"],
    ["bothy-server/src/engine/pending-layer.ts", "pendingBytesMax"],
    ["bothy-server/src/engine/document-problems.ts", "problemsMax"],
    ["bothy-server/src/log/record.ts", "recordTextMax"],
    ["bothy-server/src/log/commit-log.ts", "segmentSizeMax"],
    ["bothy-server/src/store/store.ts", "storeKeyMax"],
  ],
  pool: [["bothy-server/src/runtime/limits.ts", "defaultPoolLimits"]],
  calls: [
    ["bothy-server/src/runtime/limits.ts", "restartsMax", "printedLinesMax", "printedLineLengthMax", "failedStartsMax"],
  ],
  live: [["bothy-server/src/live/limits.ts", "defaultLiveLimits"]],
  sync: [["bothy-server/src/sync/limits.ts", "defaultSyncLimits"]],
  tabs: [["bothy/src/client/standing.ts", "standingLimits"]],
  storage: [
    ["bothy/src/storage/idb-connection.ts", "openWithinMs"],
    ["bothy/src/storage/sqlite-connection.ts", "busyWithinMs"],
  ],
  skew: [["bothy-server/src/skew/limits.ts", "skewLimits"]],
};

/** Names and figures by table: those of an object, or constants by their own name. */
async function ofCode(): Promise<Readonly<Record<string, Record<string, number>>>> {
  const tables: Record<string, Record<string, number>> = {};
  for (const [table, files] of Object.entries(sources)) {
    const rows: Record<string, number> = {};
    for (const [path, ...names] of files) {
      const loaded: Readonly<Record<string, unknown>> = await import(
        new URL(`../../packages/${path}`, import.meta.url).href
      );
      for (const name of names) {
        const value = loaded[name];
        if (typeof value === "number") rows[name] = value;
        else Object.assign(rows, value);
      }
    }
    tables[table] = rows;
  }
  return tables;
}

/** The rows of the specification: name and figure by table. */
function documented(): Readonly<Record<string, Record<string, number>>> {
  const text = readFileSync(fileURLToPath(new URL("../../docs/spec/limits.md", import.meta.url)), "utf8");
  const tables: Record<string, Record<string, number>> = {};
  let rows: Record<string, number> = {};
  for (const line of text.split("\n")) {
    const head = /^\| `(\w+)` \| is \| met \|$/u.exec(line)?.[1];
    if (head !== undefined) tables[head] = rows = {};
    const row = /^\| `(\w+)` \| ([\d,]+) \| .+ \|$/u.exec(line);
    if (row !== null) rows[row[1] ?? ""] = Number((row[2] ?? "").replaceAll(",", ""));
  }
  return tables;
}

test("[VA16] the specification has one row for each limit, with its figure, and no other", async () => {
  expect(documented()).toEqual(await ofCode());
});
