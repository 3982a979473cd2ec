// `npm run simulate:saboteurs [-- --only ID] [--seeds N]` plants one bug after another and runs seeds in their order until one of
// them breaks a promise; `--recorded` replays only the seed that caught each the last time, `--stale` does so and hunts those that
// are not caught by it any more. Ends with 1 if one gets through; a replay of all, if too few are caught.

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleWorker } from "../bundle.ts";
import { runSeeds, type SeedEnd } from "../worker-pool.ts";
import { saboteurs } from "./catalogue.ts";
import type { Saboteur } from "./saboteur.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    seeds: { type: "string", default: "2000" },
    recorded: { type: "boolean", default: false },
    stale: { type: "boolean", default: false },
  },
});

/** How far a replay looks for another seed when the recorded one catches nothing any more. */
const seedsWhenStale = 10;

/** Any change of the code makes some of the records stale; with fewer than so many caught the replay of all proves nothing. */
const caughtWhenRecordedMin = 25;

const recordPath = fileURLToPath(new URL("recorded-seeds.json", import.meta.url));

/** The first seed that caught each saboteur, and the promise that it broke. */
type RecordedSeeds = Record<string, { readonly seed: number; readonly promise: string }>;

/** The worker as it is, without any saboteur. */
const healthy = bundleWorker();
const recorded = JSON.parse(readFileSync(recordPath, "utf8")) as RecordedSeeds;
const wanted = saboteurs.filter(({ id }) => flags.only === undefined || id === flags.only);
const caught: number[] = [];
let missedCount = 0;

// A hunt has all cores to itself; a replay takes one, so there are as many at a time as there are cores.
const waiting = [...wanted];
await Promise.all(
  Array.from({ length: flags.recorded ? availableParallelism() : 1 }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await prove(next);
  }),
);

async function prove(saboteur: Saboteur): Promise<void> {
  const replayed = flags.recorded || flags.stale ? await replayRecorded(saboteur) : undefined;
  // Any change of the code gives seeds another course: a record that is out of date costs time, and is no failure by itself.
  const found = replayed ?? (await hunt(saboteur, flags.recorded ? seedsWhenStale : Number(flags.seeds)));
  if (found === undefined) missedCount++;
  else caught.push(found.seed);
  if (found !== undefined && replayed === undefined && !flags.recorded) record(saboteur.id, found);
}

process.stdout.write(`\n${caught.length} of ${wanted.length} saboteurs caught`);
if (!flags.recorded && caught.length > 0) process.stdout.write(`, the median after ${median(caught)} seeds`);
const isEnough = flags.recorded && flags.only === undefined && caught.length >= caughtWhenRecordedMin;
const failedCount = isEnough ? 0 : missedCount;
process.stdout.write(`\n${caught.length} passed, ${failedCount} failed\n`);
process.exitCode = failedCount === 0 && caught.length > 0 ? 0 : 1;

interface Catch {
  readonly seed: number;
  readonly promise: string;
}

/** Runs seeds from the first on; the lowest that breaks a promise counts, unless it breaks one without the saboteur too. */
async function hunt(saboteur: Saboteur, seedsMax: number): Promise<Catch | undefined> {
  const source = await bundleWorker(saboteur);
  let found = await runUntilCaught(source, 1, seedsMax);
  while (found !== undefined && (await runUntilCaught(await healthy, found.seed, 1)) !== undefined) {
    process.stdout.write(`Seed ${found.seed} breaks ${found.promise} without any saboteur.\n`);
    found = await runUntilCaught(source, found.seed + 1, seedsMax - found.seed);
  }
  const { id, title } = saboteur;
  if (found === undefined) process.stdout.write(`MISSED   ${id}: ${title} (${seedsMax} seeds)\n`);
  else process.stdout.write(`caught   ${id} after ${found.seed} seeds by ${found.promise}: ${title}\n`);
  return found;
}

async function replayRecorded(saboteur: Saboteur): Promise<Catch | undefined> {
  const { id } = saboteur;
  const known = recorded[id];
  if (known === undefined) {
    process.stdout.write(`stale    ${id}: no seed is recorded. Renew it: npm run simulate:saboteurs -- --stale\n`);
    return undefined;
  }
  const found = await runUntilCaught(await bundleWorker(saboteur), known.seed, 1);
  if (found !== undefined) process.stdout.write(`caught   ${id} by seed ${known.seed}: ${found.promise}\n`);
  else {
    process.stdout.write(
      `stale    ${id}: seed ${known.seed} catches it no more. Renew it: npm run simulate:saboteurs -- --stale\n`,
    );
  }
  return found;
}

async function runUntilCaught(source: string, from: number, count: number): Promise<Catch | undefined> {
  const catches: Catch[] = [];
  let given = 0;
  await runSeeds({
    source,
    ...(count === 1 && { workers: 1 }),
    next: () => {
      if (catches.length > 0 || given >= count) return undefined;
      return { seed: from + given++, isTold: false, isOnce: true };
    },
    onEnd: (end) => {
      const found = catchOf(end);
      if (found !== undefined) catches.push(found);
    },
  });
  return catches.sort((a, b) => a.seed - b.seed)[0];
}

function catchOf(end: SeedEnd): Catch | undefined {
  if (end.kind === "died") return { seed: end.seed, promise: "P12" };
  const { seed, broken } = end.report;
  const first = broken[0];
  return first === undefined ? undefined : { seed, promise: first.promise };
}

function record(id: string, found: Catch): void {
  recorded[id] = found;
  const sorted = Object.fromEntries(Object.entries(recorded).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(recordPath, `${JSON.stringify(sorted, null, 2)}\n`);
}

function median(counts: readonly number[]): number {
  const sorted = [...counts].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
