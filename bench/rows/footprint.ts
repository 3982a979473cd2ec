import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { startBothy } from "../processes.ts";
import type { Bench } from "../measurement.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const settleMs = 2_000;

/** Time from the command to the first answer with an existing folder, and memory at rest. */
export async function startAndMemory({ app, folder }: Bench): Promise<Row[]> {
  const data = join(folder, "bothy");
  await (await startBothy(app, data)).stop();
  const started = performance.now();
  const bothy = await startBothy(app, data, { args: ["--processes", "1"] });
  await fetch(`http://127.0.0.1:${bothy.port}/api/health`);
  const startMs = performance.now() - started;
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const bytes = bothy.residentBytes();
  await bothy.stop();
  return [
    { what: "start until the first answer", bothy: show(startMs, "ms"), floor: "", ratio: "", goal: "<= 1,000 ms" },
    { what: "memory at rest, all processes", bothy: show(bytes / 1e6, "MB"), floor: "", ratio: "", goal: "<= 150 MB" },
  ];
}

/** What the client adds to an app's bundle. */
export async function clientSize(): Promise<Row[]> {
  const { stdout } = spawnSync("node", ["tools/size/measure.mjs", "--json"], { encoding: "utf8" });
  const measured: readonly { readonly name: string; readonly sizeBytes: number; readonly limitBytes: number }[] =
    JSON.parse(stdout);
  return measured.map(({ name, sizeBytes, limitBytes }) => ({
    what: `${name}, min+gzip`,
    bothy: show(sizeBytes / 1000, "kB"),
    floor: "",
    ratio: "",
    goal: `<= ${limitBytes / 1000} kB`,
  }));
}
