import { createRandom } from "bothy/internal";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { runDeviceClient } from "./device-client.ts";
import { callOverHttp, runHttpClient } from "./http-client.ts";
import { startMortalServer } from "./mortal-server.ts";
import { createRecorder } from "./recorder.ts";
import type { Counts } from "./recorder.ts";
import type { Scene } from "./scene.ts";
import { runWatcher } from "./watcher.ts";
import { createWorkload } from "./workload.ts";

export interface RunOptions {
  readonly clients: number;
  readonly seconds: number;
  readonly file: string;
  readonly isKilled: boolean;
  readonly seed: number;
}

/** What a run did, and how long its clients were at it. */
export interface Summary extends Counts {
  readonly kills: number;
  readonly seconds: number;
}

/** Of five clients two are devices that push, two call over HTTP, and one watches queries. */
const clientKinds = [runDeviceClient, runHttpClient, runWatcher, runDeviceClient, runHttpClient];

/** From the end of one start to the next kill. */
const killPauseMs = { least: 1_000, most: 4_000 };

/** How long an answer is waited for once the time is over; the server is up by then. */
const graceMs = 10_000;
const keysPerFinalRead = 20;

/** Runs clients against a server process of its own and writes the history of what they did to a file. */
export async function runHistory(options: RunOptions): Promise<Summary> {
  const folder = await mkdtemp(join(tmpdir(), "bothy-history-"));
  const server = await startMortalServer(folder);
  const recorder = createRecorder(options.file);
  const random = createRandom(`history ${options.seed}`);
  const startedMs = performance.now();
  const isOver = (): boolean => performance.now() - startedMs > options.seconds * 1_000;
  const giveUp = new AbortController();
  const givenUp = new Promise<void>((resolve) => giveUp.signal.addEventListener("abort", () => resolve()));
  const adminKey = (await readFile(join(folder, "admin-key"), "utf8")).trim();
  const scene: Scene = { server, adminKey, recorder, workload: createWorkload(random), random, isOver, givenUp };
  try {
    const clients = Array.from({ length: options.clients }, (_, at) => clientKinds[at % clientKinds.length]?.(scene));
    const killer = options.isKilled ? killNowAndThen(scene) : Promise.resolve();
    await pause(options.seconds * 1_000);
    const timer = setTimeout(() => giveUp.abort(), graceMs);
    await Promise.all([...clients, killer]);
    clearTimeout(timer);
    const seconds = (performance.now() - startedMs) / 1_000;
    await readEverything(scene);
    return { ...recorder.counts, kills: server.kills, seconds };
  } finally {
    await server.stop();
    await recorder.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function killNowAndThen({ server, random, isOver }: Scene): Promise<void> {
  const { least, most } = killPauseMs;
  for (;;) {
    await pause(least + random() * (most - least));
    if (isOver()) return;
    await server.killAndRestart();
  }
}

/** Reads each list at last, so that no append is unread. */
async function readEverything(scene: Scene): Promise<void> {
  const { recorder, workload } = scene;
  const process = recorder.newProcess();
  const keys = [...workload.usedKeys];
  for (let at = 0; at < keys.length; at += keysPerFinalRead) {
    const some = keys.slice(at, at + keysPerFinalRead);
    const end = recorder.begin(some.map((key) => ({ key })));
    const ending = await callOverHttp(scene, "histories:look", { keys: some });
    if (ending.type !== "ok") throw new Error("The lists could not be read at the end.");
    end(process, ending);
  }
}
