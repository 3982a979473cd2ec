/**
 * Two builds under the same load at the same time: `npx tsx bench/pair.ts <other clone> [windows] [clients]`. On a machine with other
 * work only this tells whether a change wins: processor time for a mutation of 64 clients or another number, in the server's process and in
 * the function processes, of this build as a share of the other one's, window by window.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ownCpuMs, root, runLoad, startBothy } from "./processes.ts";
import type { Subject } from "./processes.ts";
import { percentile } from "./statistics.ts";

const [other = "", windows = "5", clientCount = "64"] = process.argv.slice(2);
const milliseconds = 6_000;
const clients = Number(clientCount);

interface Cost {
  readonly serverUs: number;
  readonly functionsUs: number;
}

const folder = mkdtempSync(join(tmpdir(), "bothy-pair-"));
try {
  const app = join(root, "bench/app");
  const mine = await startBothy(app, join(folder, "mine"));
  const theirs = await startBothy(app, join(folder, "theirs"), { workspace: resolve(other) });
  // What is loaded and compiled first does not count.
  await Promise.all([costOf(mine), costOf(theirs)]);
  const [server, functions, all]: [number[], number[], number[]] = [[], [], []];
  for (let window = 0; window < Number(windows); window++) {
    const [a, b] = await Promise.all([costOf(mine), costOf(theirs)]);
    const ratio = (of: (cost: Cost) => number): number => of(a) / of(b);
    server.push(ratio(({ serverUs }) => serverUs));
    functions.push(ratio(({ functionsUs }) => functionsUs));
    all.push(ratio(({ serverUs, functionsUs }) => serverUs + functionsUs));
    process.stdout.write(`this ${tell(a)}   other ${tell(b)}\n`);
  }
  const line = (name: string, ratios: readonly number[]): string =>
    `${name}: ${ratios.map((one) => one.toFixed(2)).join(" ")}, median ${percentile(ratios, 0.5).toFixed(2)}\n`;
  process.stdout.write(line("server", server) + line("functions", functions) + line("all", all));
  await Promise.all([mine.stop(), theirs.stop()]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function costOf(subject: Subject): Promise<Cost> {
  const [all, own] = [subject.cpuMs(), ownCpuMs(subject.pid)];
  const { count = 1 } = await runLoad("mutations.ts", { port: subject.port, clients, milliseconds, hot: false });
  const serverMs = ownCpuMs(subject.pid) - own;
  const functionsMs = subject.cpuMs() - all - serverMs;
  return { serverUs: (serverMs * 1_000) / count, functionsUs: (functionsMs * 1_000) / count };
}

function tell({ serverUs, functionsUs }: Cost): string {
  return `${serverUs.toFixed(0)} + ${functionsUs.toFixed(0)} us`;
}
