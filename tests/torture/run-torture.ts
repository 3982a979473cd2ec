import { createRandom } from "bothy/internal";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { removeProfiles } from "../browser/profile.ts";
import { openFaultProxy } from "../proxy/fault-proxy.ts";
import { openBrowserDevice, type BrowserDevice } from "./browser-device.ts";
import type { Device } from "./device.ts";
import { endTorture } from "./end-torture.ts";
import { faults, pick, setGrant, type Scene } from "./faults.ts";
import { openNodeDevice } from "./node-device.ts";
import { createRecorder } from "./recorder.ts";
import { startTortureServer } from "./server.ts";
import { buildPage, linkApp } from "./stage.ts";
import { makeTag } from "./torture-line.ts";
import { createWorkload } from "./workload.ts";

export interface TortureOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly file: string;
  readonly browsers: number;
  readonly nodes: number;
  /** Told of each fault as it happens. */
  readonly onProgress?: (text: string) => void;
}

/** What a run was. */
export interface TortureSummary {
  readonly lines: number;
  readonly calls: number;
  readonly faults: number;
  readonly restores: number;
}

const shared = ["s1", "s2", "s3"];
const callPauseMs = { least: 20, most: 200 };
const faultPauseMs = { least: 300, most: 1_500 };
/** How long a fault lasts. */
const faultMs = { least: 300, most: 3_500 };
/** A restored backup is older than this, and taken by chance of one in so many faults. */
const restoreShare = 0.03;

/** Tortures a deployment and its devices for a while, heals everything, and writes the history to a file. */
export async function runTorture(options: TortureOptions): Promise<TortureSummary> {
  const { seed, file, seconds } = options;
  const folder = await mkdtemp(join(tmpdir(), "bothy-torture-"));
  const recorder = createRecorder(file);
  const random = createRandom(`torture ${seed}`);
  recorder.tell({ kind: "run", seed, spaces: shared });
  const page = await buildPage(join(folder, "page"));
  const server = await startTortureServer(await linkApp(join(folder, "app")), join(folder, "server"));
  const proxy = await openFaultProxy({ target: server.port, random: createRandom(`proxy ${seed}`) });
  const browsers: BrowserDevice[] = [];
  const devices: Device[] = [];
  try {
    const { url } = proxy;
    for (let at = 0; at < options.browsers; at++) {
      browsers.push(await openBrowserDevice({ name: `b${letter(at)}`, url, page, recorder, spaces: shared }));
    }
    devices.push(...browsers);
    for (let at = 0; at < options.nodes; at++) {
      devices.push(await openNodeDevice(`n${letter(at)}`, { url, recorder, spaces: shared }));
    }
    const scene: Scene = { server, proxy, browsers, devices, recorder, random, shared };
    await letIn(scene);
    const endsAt = performance.now() + seconds * 1_000;
    const isOver = (): boolean => performance.now() > endsAt;
    const [calls, broken] = await Promise.all([callAgainAndAgain(scene, isOver), breakThings(scene, isOver, options)]);
    await endTorture(scene);
    for (const device of devices) await device.close();
    await server.stop();
    return { lines: recorder.lineCount, calls, ...broken };
  } finally {
    await removeProfiles();
    await proxy.close();
    if (server.isUp) await server.kill();
    await recorder.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function letter(at: number): string {
  return String.fromCharCode("a".charCodeAt(0) + at);
}

/** Each device has a space of its own and two of the shared ones; something lies where nobody may look. */
async function letIn(scene: Scene): Promise<void> {
  const { server, recorder, devices } = scene;
  for (let count = 0; count < 3; count++) {
    const tag = makeTag("admin", count, "limbo");
    recorder.tell({ kind: "call", device: "admin", tab: "admin", op: "add", space: "limbo", tag });
    await server.run("admin:addToLimbo", { tag });
  }
  for (const [at, { name, user }] of devices.entries()) {
    recorder.tell({ kind: "device", device: name, user });
    await setGrant(scene, "grant", user, `p-${name}`);
    for (const offset of [0, 1]) await setGrant(scene, "grant", user, shared[(at + offset) % shared.length] ?? "");
  }
}

async function callAgainAndAgain({ devices, random, recorder }: Scene, isOver: () => boolean): Promise<number> {
  const workload = createWorkload(random, shared);
  let calls = 0;
  while (!isOver()) {
    const device = pick(random, devices);
    const call = device && (await workload.next(device));
    if (call) {
      // Told here: what a browser that is killed had to say may be lost, and its call is not.
      recorder.tell({ kind: "call", ...call });
      device.perform(call);
      calls += 1;
    }
    await pause(callPauseMs.least + random() * (callPauseMs.most - callPauseMs.least));
  }
  return calls;
}

/** Begins faults and ends them again; all are over when it resolves. */
async function breakThings(
  scene: Scene,
  isOver: () => boolean,
  { onProgress = () => undefined }: TortureOptions,
): Promise<Pick<TortureSummary, "faults" | "restores">> {
  const { random, recorder, server } = scene;
  const names = Object.entries(faults).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));
  const ending = new Set<Promise<void>>();
  let count = 0;
  let restores = 0;
  let backedUpAt: number | undefined;
  const begin = async (name: string): Promise<void> => {
    recorder.tell({ kind: "fault", what: name });
    onProgress(name);
    const end = await faults[name]?.begin(scene);
    if (!end) return;
    await pause(faultMs.least + random() * (faultMs.most - faultMs.least));
    await end();
  };
  while (!isOver()) {
    await pause(faultPauseMs.least + random() * (faultPauseMs.most - faultPauseMs.least));
    const name = pick(random, names) ?? "";
    count += 1;
    if (name === "backup taken") backedUpAt = Date.now();
    if (backedUpAt !== undefined && server.isUp && random() < restoreShare) {
      onProgress("backup restored");
      await restore(scene, backedUpAt);
      restores += 1;
      continue;
    }
    // What fails because of another fault, such as a tab of a browser that is being killed, has just not happened.
    const fault = begin(name).catch((error: unknown) => onProgress(`${name}: ${String(error).split("\n")[0]}`));
    ending.add(fault);
    void fault.finally(() => ending.delete(fault));
    // One that takes the server or a browser away is waited for: two of them at once would meet a half-started one.
    if (name.includes("killed") || name.includes("backup")) await fault;
  }
  await Promise.all(ending);
  return { faults: count, restores };
}

/** Sets the deployment back, and grants again what its devices may have: the copy knows an older state of that. */
async function restore(scene: Scene, takenAt: number): Promise<void> {
  const { server, recorder, devices } = scene;
  await server.restore();
  recorder.tell({ kind: "restored", takenAt });
  await server.start();
  for (const { name, user } of devices) {
    for (const space of [...shared, `p-${name}`]) await setGrant(scene, "grant", user, space);
  }
}
