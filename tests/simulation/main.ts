// `npm run simulate -- --seeds N [--from S] [--minutes M]` runs seeds on all cores; `SEED=… npm run simulate` replays one and tells
// its story; `--named` runs the seeds that have found bugs (named-seeds.json). Ends with 1 on the first broken promise, on a seed whose two runs differ, and when fewer seeds ran than were asked for.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleWorker } from "./bundle.ts";
import { tellStory } from "./story.ts";
import { runSeeds, type SeedEnd } from "./worker-pool.ts";

const { values: flags } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    /** Goes on with more seeds until so much time has passed. */
    minutes: { type: "string" },
    named: { type: "boolean", default: false },
  },
});

const seed = process.env["SEED"];
const source = await bundleWorker();
if (seed !== undefined) process.exitCode = await replay(Number(seed));
else process.exitCode = flags.named ? await runNamed() : await runMany();

/** A seed that found a bug once must never find it again. */
interface NamedSeed {
  readonly seed: number;
  /** The bug, in a sentence. */
  readonly found: string;
}

async function runNamed(): Promise<number> {
  const path = fileURLToPath(new URL("named-seeds.json", import.meta.url));
  const named = JSON.parse(readFileSync(path, "utf8")) as readonly NamedSeed[];
  let given = 0;
  let failedCount = 0;
  await runSeeds({
    source,
    next: () => {
      const next = named[given++];
      return next && { seed: next.seed, isTold: true };
    },
    onEnd: (end) => {
      if (!isFailure(end)) return;
      failedCount++;
      process.stdout.write(`${tellStory(end)}\n\n`);
    },
  });
  process.stdout.write(`${named.length - failedCount} passed, ${failedCount} failed\n`);
  return failedCount === 0 ? 0 : 1;
}

async function runMany(): Promise<number> {
  const startMs = performance.now();
  const from = Number(flags.from);
  const least = Number(flags.seeds ?? (flags.minutes === undefined ? 1_000 : 0));
  const untilMs = startMs + Number(flags.minutes ?? 0) * 60_000;
  const counts = { seeds: 0, faults: 0, virtualMs: 0, commits: 0 };
  let given = 0;
  let failed: SeedEnd | undefined;
  await runSeeds({
    source,
    next: () => {
      if (failed !== undefined || (given >= least && performance.now() >= untilMs)) return undefined;
      return { seed: from + given++, isTold: false };
    },
    onEnd: (end) => {
      if (isFailure(end)) failed ??= end;
      if (end.kind !== "reported") return;
      counts.seeds++;
      counts.faults += end.report.faultCount;
      counts.virtualMs += end.report.virtualMs;
      counts.commits += end.report.commits;
    },
  });
  const seconds = (performance.now() - startMs) / 1_000;
  process.stdout.write(
    `${counts.seeds} seeds from ${from} in ${seconds.toFixed(1)} s (${(counts.seeds / seconds).toFixed(1)} a second, each run twice), ` +
      `${counts.faults} faults, ${counts.commits} commits, ${(counts.virtualMs / 3_600_000).toFixed(1)} simulated hours\n`,
  );
  if (failed === undefined) return 0;
  const failedSeed = failed.kind === "reported" ? failed.report.seed : failed.seed;
  process.stdout.write(`Seed ${failedSeed} failed.\n\n`);
  await replay(failedSeed);
  return 1;
}

function isFailure(end: SeedEnd): boolean {
  return end.kind === "died" || end.report.broken.length > 0 || end.report.difference !== undefined;
}

async function replay(one: number): Promise<number> {
  let given = false;
  let code = 0;
  await runSeeds({
    source,
    workers: 1,
    next: () => {
      if (given) return undefined;
      given = true;
      return { seed: one, isTold: true };
    },
    onEnd: (end) => {
      process.stdout.write(`${tellStory(end)}\n`);
      if (isFailure(end)) code = 1;
    },
  });
  return code;
}
