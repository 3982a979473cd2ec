// `npm run torture:check -- FILE`: finds in a history what the promises forbid; ends with 1 if there is anything.

import { readFile } from "node:fs/promises";
import { checkTorture } from "./check/check-torture.ts";
import { parseTorture } from "./torture-line.ts";

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write("Usage: npm run torture:check -- FILE\n");
  process.exit(2);
}
const lines = parseTorture(await readFile(file, "utf8"));
const anomalies = checkTorture(lines);
for (const { promise, text } of anomalies) process.stdout.write(`${promise}  ${text}\n`);
process.stdout.write(`${lines.length} lines, ${anomalies.length} anomalies\n`);
process.exitCode = anomalies.length === 0 ? 0 : 1;
