import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../deployment.ts";
import { checkHistory, describeAnomaly, parseHistoryLine } from "../history/check-history.ts";
import { runHistory } from "../history/run-history.ts";

test("[P1] [P4] what 16 clients did while the server was killed and started again is strictly serializable", async () => {
  const file = join(await makeFolder(), "history.jsonl");
  const seed = Math.floor(Math.random() * 2 ** 32);
  const summary = await runHistory({ clients: 16, seconds: 8, file, isKilled: true, seed });
  const text = await readFile(file, "utf8");
  const history = text.split("\n").filter(Boolean).map(parseHistoryLine);
  const anomalies = checkHistory(history).map((anomaly) => describeAnomaly(anomaly, history));
  expect(anomalies, `seed ${seed}`).toEqual([]);
  expect(summary.kills).toBeGreaterThan(0);
  expect(summary.appends).toBeGreaterThan(0);
  expect(summary.queries).toBeGreaterThan(0);
  expect(history).toHaveLength(summary.ok + summary.fail + summary.info);
});
