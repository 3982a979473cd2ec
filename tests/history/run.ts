// `npm run history -- --clients 16 --seconds 30 --out FILE [--kill] [--seed N]`: writes the history of a workload against a
// server process of its own (tests/history/README.md); ends with 1 if nothing was done. `scripts/history.mjs` builds before it.

import { parseArgs } from "node:util";
import { runHistory } from "./run-history.ts";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "16" },
    seconds: { type: "string", default: "30" },
    seed: { type: "string" },
    out: { type: "string" },
    kill: { type: "boolean", default: false },
  },
});
const { out: file } = values;
const clients = Number(values.clients);
const seconds = Number(values.seconds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
if (file === undefined || !Number.isInteger(clients) || clients < 1 || !(seconds > 0) || !Number.isInteger(seed)) {
  process.stderr.write("Usage: npm run history -- --clients 16 --seconds 30 --out FILE [--kill] [--seed N]\n");
  process.exit(2);
}
const summary = await runHistory({ clients, seconds, file, seed, isKilled: values.kill });
const { ok, fail, info, appends, queries, kills } = summary;
const lines = ok + fail + info;
process.stdout.write(
  [
    `${lines} lines in ${file} (seed ${seed})`,
    `ok ${ok}, fail ${fail}, info ${info}`,
    `appends ${appends}, queries ${queries}, kills ${kills}`,
    `${(ok / summary.seconds).toFixed(0)} answered transactions per second, ${clients} clients, ${summary.seconds.toFixed(1)} s`,
    "",
  ].join("\n"),
);
if (summary.appends === 0) {
  process.stderr.write("Nothing was done, so the history says nothing.\n");
  process.exitCode = 1;
}
