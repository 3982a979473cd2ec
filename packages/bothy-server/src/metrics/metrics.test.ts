import { readFile } from "node:fs/promises";
import { v, defineSchema, defineTable } from "bothy/internal";
import { expect, test } from "vitest";
import { createManualClock, createMemoryDisk, createSeededRandom, Tally } from "../base/index.ts";
import type { World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import type { Engine } from "../engine/index.ts";
import { HttpFigures } from "../http/http-figures.ts";
import { PoolFigures } from "../runtime/pool-figures.ts";
import { SyncFigures } from "../sync/sync-figures.ts";
import { metricDefinitions, openMetrics } from "./index.ts";
import type { MetricSources } from "./index.ts";

const spec = await readFile(new URL("../../../../docs/spec/metrics.md", import.meta.url), "utf8");

function testWorld(): World & { readonly clock: ReturnType<typeof createManualClock> } {
  const nothing = (): never => {
    throw new Error("a test has no network and no processes");
  };
  const ignore = (): void => undefined;
  return {
    clock: createManualClock(),
    random: createSeededRandom(1),
    disk: createMemoryDisk(),
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    die: nothing,
  };
}

/** A deployment in which little has happened: an engine, and figures of the layers above it. */
async function openDeployment(): Promise<{ readonly sources: MetricSources; readonly engine: Engine }> {
  const world = testWorld();
  const schema = defineSchema({ notes: defineTable({ text: v.string() }) });
  const engine = await openEngine({ world, folder: "/folder", schema, store: "memory" });
  const [pool, sync, http] = [new PoolFigures(), new SyncFigures(), new HttpFigures()];
  const call = { name: "shared/notes:add", kind: "mutation" } as const;
  for (const ms of [1, 2.5, 500, 30_000]) pool.callEnded(call, ms < 1_000 ? "returned" : "late", ms);
  for (const code of ["unauthorized", "unauthorized", 'a "quoted"\nline']) sync.refusals.add(code);
  for (let i = 0; i < 7; i++) http.add("/api/health", 200);
  const processes = [
    { role: "worker", residentBytes: 100, hotBytes: 5 },
    { role: "worker", residentBytes: 50, hotBytes: 6 },
  ] as const;
  const sources: MetricSources = {
    disk: world.disk,
    folder: "/folder",
    version: "1.2.3",
    engine,
    pool: { figures: pool, state: () => ({ waitingCalls: 0, runningCalls: 1, processes }) },
    live: {
      figures: { runs: 1, invalidations: 0, dueRuns: 0, unavailableRuns: 0 },
      state: () => ({ subscribers: 1, waitingRuns: 0, runningRuns: 0 }),
      counts: () => ({ computations: 1, readRanges: 2 }),
    },
    sync: { figures: sync, waitingMutations: () => 0, counts: () => ({ sockets: 1, devices: 1, ranges: 1 }) },
    http: () => http,
  };
  return { sources, engine };
}

async function read(sources: MetricSources): Promise<string> {
  const metrics = openMetrics(sources);
  const { contentType, text } = await metrics.read();
  metrics.close();
  expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
  return text;
}

test("[ME1] the specification lists every metric with its type and labels, and no other", () => {
  const listed = spec.split("\n").flatMap((line) => {
    const [, name, type, labels] = /^\| `([a-z_]+)` \| (\w+) \| ([^|]*)\|/u.exec(line) ?? [];
    if (name === undefined || type === undefined) return [];
    return [[name, type, [...(labels ?? "").matchAll(/`(\w+)`/gu)].map(([, label]) => label)]];
  });
  expect(listed).toEqual(metricDefinitions.map(({ name, type, labels }) => [name, type, labels]));
});

test("[ME1] names are as Prometheus wants them: a prefix, the unit last, and _total for what only grows", () => {
  for (const { name, type, help } of metricDefinitions) {
    expect(name).toMatch(/^(?:bothy|process)_[a-z]+(?:_[a-z]+)*$/u);
    expect(name).not.toMatch(/_(?:ms|milliseconds|kb|mb|kilobytes|count|sum|bucket)(?:_|$)/u);
    expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
    expect(help).toMatch(/^[A-Z].*\.$/u);
  }
  expect(new Set(metricDefinitions.map(({ name }) => name)).size).toBe(metricDefinitions.length);
});

test("[ME1] a reading is the text of all metrics, histograms with the counts up to each bound", async () => {
  const { sources, engine } = await openDeployment();
  const text = await read(sources);
  for (const { name, type } of metricDefinitions) expect(text).toContain(`\n# TYPE ${name} ${type}\n`);
  for (const line of [
    'bothy_function_run_seconds_bucket{function="shared/notes:add",kind="mutation",le="0.001"} 1',
    'bothy_function_run_seconds_bucket{function="shared/notes:add",kind="mutation",le="1"} 3',
    'bothy_function_run_seconds_bucket{function="shared/notes:add",kind="mutation",le="+Inf"} 4',
    'bothy_function_run_seconds_sum{function="shared/notes:add",kind="mutation"} 30.5035',
    'bothy_function_run_seconds_count{function="shared/notes:add",kind="mutation"} 4',
    'bothy_function_processes{role="worker"} 2',
    'bothy_function_processes_resident_bytes{role="worker"} 150',
    "bothy_hot_ranges_bytes 11",
    'bothy_http_requests_total{route="/api/health",status="200"} 7',
    'bothy_build_info{version="1.2.3"} 1',
    'bothy_sync_refusals_total{code="unauthorized"} 2',
    // What stands in a label can't end it.
    'bothy_sync_refusals_total{code="a \\"quoted\\"\\nline"} 1',
  ]) {
    expect(text.split("\n")).toContain(line);
  }
  await engine.close();
});

test("[ME1] counts are those of the layers at the moment of the reading", async () => {
  const { sources, engine } = await openDeployment();
  const metrics = openMetrics(sources);
  const valueOf = async (line: string): Promise<number> => {
    const { text } = await metrics.read();
    return Number(
      text
        .split("\n")
        .find((one) => one.startsWith(`${line} `))
        ?.slice(line.length + 1),
    );
  };
  const before = engine.figures.commits.records;
  expect(await valueOf('bothy_commits_total{kind="records"}')).toBe(before);
  engine.commit({ snapshot: engine.version, reads: [], writes: [], records: [{ key: ["a"], text: "1" }] });
  expect(await valueOf('bothy_commits_total{kind="records"}')).toBe(before + 1);
  expect(await valueOf("bothy_commit_version")).toBe(engine.version);
  metrics.close();
  await engine.close();
});

test("[ME3] names beyond a bound are counted as one", () => {
  const pool = new PoolFigures();
  for (let i = 0; i < 600; i++) pool.callEnded({ name: `module:f${i}`, kind: "query" }, "returned", 1);
  const functions = [...pool.functions()];
  expect([functions.length, functions.at(-1)?.name, functions.at(-1)?.ends.returned]).toEqual([501, "(other)", 100]);
  const http = new HttpFigures();
  for (let status = 0; status < 600; status++) http.add("/api/*", status);
  expect([...http.requests()]).toHaveLength(500);
  const tally = new Tally(2);
  for (const name of ["a", "b", "c", "d", "a"]) tally.add(name);
  expect([...tally.entries()]).toEqual([
    ["a", 2],
    ["b", 1],
    ["(other)", 2],
  ]);
});
