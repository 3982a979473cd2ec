// `npm run torture -- --minutes 10 [--seed N] [--out FILE] [--browsers 2] [--nodes 2]`: tortures a real server and real browsers, writes
// the history (docs/spec/torture.md) and checks it; ends with 1 if a promise was broken. `scripts/torture.mjs` builds before it.

import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkTorture } from "./check/check-torture.ts";
import { runTorture } from "./run-torture.ts";
import { parseTorture } from "./torture-line.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string" },
    out: { type: "string" },
    browsers: { type: "string", default: "2" },
    nodes: { type: "string", default: "2" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const seconds = Number(values.minutes) * 60;
const file = values.out ?? join(tmpdir(), `bothy-torture-${seed}.jsonl`);
if (!Number.isInteger(seed) || !(seconds > 0)) {
  process.stderr.write("Usage: npm run torture -- --minutes 10 [--seed N] [--out FILE] [--browsers 2] [--nodes 2]\n");
  process.exit(2);
}
const summary = await runTorture({
  seed,
  seconds,
  file,
  browsers: Number(values.browsers),
  nodes: Number(values.nodes),
  onProgress: (text) => process.stdout.write(`${text}\n`),
});
const lines = parseTorture(await readFile(file, "utf8"));
const anomalies = checkTorture(lines);
for (const { promise, text } of anomalies) process.stdout.write(`${promise}  ${text}\n`);
const quiet = lines.flatMap((line) => (line.kind === "quiet" ? [line.afterMs] : []));
process.stdout.write(
  [
    `seed ${seed}, ${values.minutes} minutes: ${summary.calls} calls, ${summary.faults} faults, ${summary.restores} restored backups`,
    `quiet after ${quiet.join(", ")} ms`,
    `${lines.length} lines in ${file}, ${anomalies.length} anomalies`,
    "",
  ].join("\n"),
);
process.exitCode = anomalies.length === 0 ? 0 : 1;
