import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bundleWorker } from "./bundle.ts";
import { topics } from "./run/topics.ts";
import { saboteurs } from "./saboteurs/catalogue.ts";
import { runSeeds } from "./worker-pool.ts";
import type { SeedReport } from "./worker.ts";

async function reportsOf(source: string, seeds: readonly number[]): Promise<readonly SeedReport[]> {
  const reports: SeedReport[] = [];
  const waiting = [...seeds];
  await runSeeds({
    source,
    next: () => {
      const seed = waiting.shift();
      return seed === undefined ? undefined : { seed, isTold: false };
    },
    onEnd: (end) => {
      if (end.kind === "died") throw new Error(`seed ${end.seed} did not come to an end`);
      reports.push(end.report);
    },
  });
  return reports.sort((a, b) => a.seed - b.seed);
}

/** One of each topic. */
const ownReports = bundleWorker().then((source) =>
  reportsOf(
    source,
    topics.map((_, at) => at + 1),
  ),
);

async function brokenOf(promise: string): Promise<readonly string[]> {
  const reports = await ownReports;
  return reports.flatMap(({ seed, broken }) =>
    broken.flatMap((one) => (one.promise.split(" ").includes(promise) ? [`seed ${seed}: ${one.what}`] : [])),
  );
}

test("[P1] every commit is what its function comes to alone over all commits before it, and the order of versions is that of time", async () => {
  expect(await brokenOf("P1")).toEqual([]);
});

test("[P5] every mutation that a run has committed reads, writes and returns the same when it is run again over a model", async () => {
  expect(await brokenOf("P5")).toEqual([]);
});

test("[P12] after the faults of a run outboxes are empty and what is shown is current before the deadline", async () => {
  expect(await brokenOf("P12")).toEqual([]);
  expect(await brokenOf("C7")).toEqual([]);
});

test("a seed does the same each time, in another process too, and another seed does something else", async () => {
  const [first] = await ownReports;
  const [again, other] = await reportsOf(await bundleWorker(), [1, 2]);
  expect(first?.difference).toBeUndefined();
  expect(again?.hash).toBe(first?.hash);
  expect(other?.hash).not.toBe(first?.hash);
});

test("a planted bug is found by its recorded seed, and the finding names the promise", async () => {
  const saboteur = saboteurs.find(({ id }) => id === "forget-read-ranges");
  const path = new URL("saboteurs/recorded-seeds.json", import.meta.url);
  const recorded = JSON.parse(readFileSync(path, "utf8")) as Record<string, { readonly seed: number }>;
  const reports = await reportsOf(await bundleWorker(saboteur), [recorded["forget-read-ranges"]?.seed ?? 0]);
  expect(reports.flatMap(({ broken }) => broken.map(({ promise }) => promise))).toContain("P1 P5");
});
