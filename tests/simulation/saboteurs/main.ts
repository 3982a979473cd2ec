// `npm run simulate:saboteurs [-- --only ID] [--seeds N]` plants one bug after another and runs seeds in their order until one of
// them breaks a promise. `--recorded` replays the seed that caught each the last time, and where that catches nothing any more, a
// few further ones of its topic; `--stale` does the same, then hunts in all seeds, and records what it has found. Ends with 1 if a
// bug gets through.

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleWorker } from "../bundle.ts";
import { topics } from "../run/topics.ts";
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

/** Any change of the code may give a seed another course: where the recorded one catches nothing, so many more of its topic are run. */
const furtherSeeds = 20;

const recordPath = fileURLToPath(new URL("recorded-seeds.json", import.meta.url));

/** A seed that caught a saboteur, and the promise that it broke. */
interface Catch {
  readonly seed: number;
  readonly promise: string;
}

/** The worker as it is, without any saboteur. */
const healthy = bundleWorker();
const recorded = JSON.parse(readFileSync(recordPath, "utf8")) as Record<string, Catch>;
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

process.stdout.write(`\n${caught.length} of ${wanted.length} saboteurs caught`);
if (!flags.recorded && caught.length > 0) process.stdout.write(`, the median by seed ${median(caught)}`);
process.stdout.write(`\n${caught.length} passed, ${missedCount} failed\n`);
process.exitCode = missedCount === 0 && caught.length > 0 ? 0 : 1;

async function prove(saboteur: Saboteur): Promise<void> {
  const { id, title } = saboteur;
  const source = await bundleWorker(saboteur);
  const known = flags.recorded || flags.stale ? recorded[id] : undefined;
  const found = known === undefined ? undefined : await runUntilCaught(source, [known.seed]);
  const all = flags.recorded ? [] : seedsFrom(1, Number(flags.seeds));
  const likely = known === undefined ? [] : seedsFrom(known.seed + topics.length, furtherSeeds, topics.length);
  const renewed = found ?? (await hunt(source, likely)) ?? (await hunt(source, all));
  if (renewed === undefined) {
    missedCount++;
    process.stdout.write(`MISSED   ${id}: ${title}\n`);
    return;
  }
  caught.push(renewed.seed);
  const isStale = found === undefined && known !== undefined;
  const note = isStale ? `; ${known.seed} is stale, renew it: npm run simulate:saboteurs -- --stale` : "";
  process.stdout.write(`caught   ${id} by seed ${renewed.seed}: ${renewed.promise}${flags.recorded ? note : ""}\n`);
  if (found === undefined && !flags.recorded) record(id, renewed);
}

/** The first of some seeds that breaks a promise, unless it breaks one without the saboteur too. */
async function hunt(source: string, seeds: readonly number[]): Promise<Catch | undefined> {
  const found = await runUntilCaught(source, seeds);
  if (found === undefined || (await runUntilCaught(await healthy, [found.seed])) === undefined) return found;
  process.stdout.write(`Seed ${found.seed} breaks ${found.promise} without any saboteur.\n`);
  return await hunt(source, seeds.slice(seeds.indexOf(found.seed) + 1));
}

async function runUntilCaught(source: string, seeds: readonly number[]): Promise<Catch | undefined> {
  const catches: Catch[] = [];
  let given = 0;
  await runSeeds({
    source,
    workers: Math.min(seeds.length, availableParallelism()),
    next: () => {
      const seed = catches.length > 0 ? undefined : seeds[given++];
      return seed === undefined ? undefined : { seed, isTold: false, isOnce: true };
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

function seedsFrom(first: number, count: number, step = 1): readonly number[] {
  return Array.from({ length: count }, (_, at) => first + at * step);
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
