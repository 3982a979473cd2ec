/**
 * Where the server spends its time: `npx tsx bench/profile.ts mutations` (64 clients) or `fan-out` (one writer, 1,000
 * subscribers). Prints, for the server's process and for one function process, the functions with the most time of their own.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { childrenOf, root, runLoad, startWorldServer } from "./processes.ts";
import type { Subject } from "./processes.ts";

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const [what = "mutations", shown = "25"] = process.argv.slice(2);
/** What is compiled comes before. */
const warmMs = 6_000;
const profiledMs = 8_000;
const folder = mkdtempSync(join(tmpdir(), "bothy-profile-"));
/** There once everybody is connected, which takes a thousand subscribers some time. */
const readyFile = join(folder, "ready");
const loads: Readonly<Record<string, (server: Subject) => Promise<unknown>>> = {
  mutations: ({ port }) =>
    runLoad("mutations.ts", { port, clients: 64, milliseconds: warmMs + profiledMs + 3_000, hot: false }),
  "fan-out": ({ port }) => runLoad("fan-out.ts", { port, subscribers: 1_000, writes: 600, target: "bothy", readyFile }),
};

try {
  const url = pathToFileURL(join(root, "bench/profiler.mjs"));
  url.searchParams.set("folder", folder);
  const options = ["--import", url.href];
  const app = join(root, "bench/app");
  const server = await startWorldServer({ app, folder: join(folder, "bothy"), childOptions: options }, options);
  const done = loads[what]?.(server);
  if (done === undefined) throw new Error(`There is no load "${what}". There are: ${Object.keys(loads).join(", ")}.`);
  while (what === "fan-out" && !existsSync(readyFile)) await pause(100);
  await pause(warmMs);
  const pids = [server.pid, ...childrenOf(server.pid)];
  for (const pid of pids) process.kill(pid, "SIGUSR2");
  await pause(profiledMs);
  for (const pid of pids) process.kill(pid, "SIGUSR2");
  await done;
  await server.stop();
  for (const pid of pids.slice(0, 2)) {
    print(pid === server.pid ? "the server's process" : "one function process", join(folder, `${pid}.cpuprofile`));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function print(title: string, path: string): void {
  if (!readdirSync(folder).some((name) => path.endsWith(name))) throw new Error(`${path} was not written.`);
  const { nodes, samples, timeDeltas }: Profile = JSON.parse(readFileSync(path, "utf8"));
  const nameById = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const usByName = new Map<string, number>();
  let busyUs = 0;
  for (const [i, id] of samples.entries()) {
    const name = nameById.get(id) ?? "";
    // "dispatch" is the profiler itself.
    if (name === "(idle)" || name === "dispatch") continue;
    busyUs += timeDeltas[i] ?? 0;
    usByName.set(name, (usByName.get(name) ?? 0) + (timeDeltas[i] ?? 0));
  }
  process.stdout.write(`\n${title}: busy ${(busyUs / 1e6).toFixed(1)} s\n`);
  const top = [...usByName].sort(([, a], [, b]) => b - a).slice(0, Number(shown));
  for (const [name, us] of top) process.stdout.write(`${((100 * us) / busyUs).toFixed(1).padStart(5)} %  ${name}\n`);
}

function nameOf({ functionName, url, lineNumber }: Profile["nodes"][number]["callFrame"]): string {
  const place = url.split("/").slice(-2).join("/");
  return `${functionName || "(anonymous)"}${place === "" ? "" : ` ${place}:${lineNumber + 1}`}`;
}
