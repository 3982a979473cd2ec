import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { protocolLimits } from "../../packages/bothy/src/protocol/limits.ts";
import { limits } from "../../packages/bothy/src/values/limits.ts";
import { problemsMax } from "../../packages/bothy-server/src/engine/document-problems.ts";
import { pendingBytesMax } from "../../packages/bothy-server/src/engine/pending-layer.ts";
import { rememberedVersionsMin } from "../../packages/bothy-server/src/engine/recent-writes.ts";
import { holdMs, holdsMax, reservationsMax, waitMs } from "../../packages/bothy-server/src/engine/reservations.ts";
import { attemptsMax } from "../../packages/bothy-server/src/engine/run-in-turn.ts";
import { defaultLiveLimits } from "../../packages/bothy-server/src/live/limits.ts";
import { segmentSizeMax } from "../../packages/bothy-server/src/log/commit-log.ts";
import { recordTextMax } from "../../packages/bothy-server/src/log/record.ts";
import * as runtime from "../../packages/bothy-server/src/runtime/limits.ts";
import { storeKeyMax } from "../../packages/bothy-server/src/store/store.ts";
import { defaultSyncLimits } from "../../packages/bothy-server/src/sync/limits.ts";

const { restartsMax, printedLinesMax, printedLineLengthMax, answerBytesMax, rowsPerReadMax, failedStartsMax } = runtime;

/** The limits of the code, by the name that heads their table. */
const limitsByTable: Readonly<Record<string, object>> = {
  limits,
  protocolLimits,
  engine: {
    holdMs,
    holdsMax,
    waitMs,
    reservationsMax,
    attemptsMax,
    rememberedVersionsMin,
    pendingBytesMax,
    problemsMax,
    recordTextMax,
    segmentSizeMax,
    storeKeyMax,
  },
  pool: runtime.defaultPoolLimits,
  calls: { restartsMax, printedLinesMax, printedLineLengthMax, answerBytesMax, rowsPerReadMax, failedStartsMax },
  live: defaultLiveLimits,
  sync: defaultSyncLimits,
};

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

test("[VA16] the specification has one row for each limit, with its figure, and no other", () => {
  const code = Object.entries(limitsByTable).map(([table, values]) => [table, { ...values }]);
  expect(documented()).toEqual(Object.fromEntries(code));
});
