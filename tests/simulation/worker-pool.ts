import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { SeedReport, SeedRequest } from "./worker.ts";

/** How a seed ended: with a report, or with its worker. */
export type SeedEnd =
  | { readonly kind: "reported"; readonly report: SeedReport }
  | { readonly kind: "died"; readonly seed: number };

/** A seed that takes longer than this goes on for ever. */
const seedMsMax = 60_000;

/** A run makes much that lives for a moment: a larger nursery is collected less often. */
const execArgv = ["--max-semi-space-size=64"];

/** What is to be run, and who is told. */
export interface PoolRun {
  /** The worker, bundled. */
  readonly source: string;
  /** The next seed, or undefined when there are no more. */
  readonly next: () => SeedRequest | undefined;
  readonly onEnd: (end: SeedEnd) => void;
  readonly workers?: number;
}

/** Runs seeds on all cores, one worker process a core; resolves once all that were begun have ended. */
export async function runSeeds(run: PoolRun): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bothy-simulation-"));
  const path = join(folder, "worker.mjs");
  writeFileSync(path, run.source);
  const count = run.workers ?? availableParallelism();
  try {
    await Promise.all(Array.from({ length: count }, () => serveWorker(path, run)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function serveWorker(path: string, { next, onEnd }: PoolRun): Promise<void> {
  let worker: ChildProcess | undefined;
  for (let request = next(); request !== undefined; request = next()) {
    worker ??= fork(path, [], { execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const end = await ask(worker, request);
    if (end.kind === "died") worker = undefined;
    onEnd(end);
  }
  worker?.kill("SIGKILL");
}

function ask(worker: ChildProcess, request: SeedRequest): Promise<SeedEnd> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => worker.kill("SIGKILL"), seedMsMax);
    const onMessage = (report: SeedReport): void => finish({ kind: "reported", report });
    const onExit = (): void => finish({ kind: "died", seed: request.seed });
    const finish = (end: SeedEnd): void => {
      clearTimeout(timer);
      worker.off("message", onMessage);
      worker.off("exit", onExit);
      resolve(end);
    };
    worker.on("message", onMessage);
    worker.on("exit", onExit);
    worker.send(request);
  });
}
