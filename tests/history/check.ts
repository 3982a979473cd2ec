// `npm run history:check -- FILE`: reads a history and prints what no order of its transactions explains; ends with 1 if
// there is anything, with 2 if there is nothing to check.

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { checkHistory, describeAnomaly, parseHistoryLine } from "./check-history.ts";
import type { HistoryLine } from "./check-history.ts";

const anomaliesShownMax = 50;

const { positionals } = parseArgs({ allowPositionals: true });
const [file] = positionals;
if (file === undefined) {
  process.stderr.write("Name the file of the history: npm run history:check -- FILE\n");
  process.exit(2);
}
const startedMs = performance.now();
const history = await readHistory(file);
const anomalies = checkHistory(history);
for (const anomaly of anomalies.slice(0, anomaliesShownMax)) {
  process.stdout.write(`${describeAnomaly(anomaly, history)}\n`);
}
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
process.stdout.write(`${history.length} lines checked in ${seconds} s, ${anomalies.length} anomalies.\n`);
if (history.length === 0) process.stderr.write("The history is empty, so nothing was checked.\n");
process.exitCode = history.length === 0 ? 2 : Math.min(anomalies.length, 1);

async function readHistory(path: string): Promise<HistoryLine[]> {
  const lines: HistoryLine[] = [];
  for await (const text of createInterface({ input: createReadStream(path) })) {
    if (text !== "") lines.push(parseHistoryLine(text));
  }
  return lines;
}
