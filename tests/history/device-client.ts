import type { Outcome } from "bothy/internal";
import { setTimeout as pause } from "node:timers/promises";
import { newProfile, openDevice } from "../raw-device.ts";
import type { RawDevice, RawProfile } from "../raw-device.ts";
import { transactArguments } from "./http-client.ts";
import type { Ending } from "./recorder.ts";
import type { Scene } from "./scene.ts";

/** How often a device cuts its own socket before the answer has come. */
const cutShare = 0.02;
/** How often it gives up on an answer that was lost with the socket, and begins anew as another device. */
const surrenderShare = 0.2;
const retryPauseMs = 20;

/**
 * Pushes mutations one after the other. An answer that was lost with the socket is asked for on the next one, with the same
 * number and nonce: its line ends when the recorded answer comes.
 */
export async function runDeviceClient(scene: Scene): Promise<void> {
  const { recorder, random, workload, isOver } = scene;
  let process = recorder.newProcess();
  let device = await connect(scene, newProfile());
  while (device !== undefined && !isOver()) {
    const ops = workload.transaction();
    const end = recorder.begin(ops);
    let ending = endingOf(await push(scene, device, transactArguments(scene, ops)));
    let { profile } = device;
    const isLost = ending.type === "info";
    if (isLost && random() < surrenderShare) profile = newProfile();
    if (isLost || !device.socket.isOpen) device = await connect(scene, profile);
    if (isLost && device !== undefined && profile.outbox.length > 0) ending = await askAgain(scene, device);
    end(process, ending);
    if (ending.type === "info") process = recorder.newProcess();
  }
  device?.close();
}

/** Resolves with the outcome, or with nothing if the socket ended before or nobody waits any longer. */
async function push(scene: Scene, device: RawDevice, args: object): Promise<Outcome | undefined> {
  const pushed = device.mutate("histories:transact", JSON.parse(JSON.stringify(args)));
  if (scene.random() < cutShare) device.socket.terminate();
  return outcomeOf(scene, pushed);
}

/** Sends what has no outcome once more, on socket after socket until it has one. */
async function askAgain(scene: Scene, first: RawDevice): Promise<Ending> {
  for (let device: RawDevice | undefined = first; device !== undefined;) {
    const outcomes = await outcomeOf(scene, device.pushOutbox());
    if (outcomes !== undefined) return endingOf(outcomes.at(-1));
    device = await connect(scene, device.profile);
  }
  return { type: "info" };
}

function outcomeOf<Found>(scene: Scene, promised: Promise<Found>): Promise<Found | undefined> {
  const lost = (): undefined => undefined;
  return Promise.race([promised.catch(lost), scene.givenUp.then(lost)]);
}

/** Opens a socket, once there is somebody to open it to; undefined once nobody waits any longer. */
export async function connect(scene: Scene, profile: RawProfile): Promise<RawDevice | undefined> {
  let isGivenUp = false;
  void scene.givenUp.then(() => (isGivenUp = true));
  while (!isGivenUp) {
    await scene.server.whenUp();
    const device = await outcomeOf(scene, openDevice(scene.server.url, profile));
    if (device !== undefined) return device;
    await pause(retryPauseMs);
  }
  return undefined;
}

function endingOf(outcome: Outcome | undefined): Ending {
  if (outcome === undefined) return { type: "info" };
  const [, kind, value] = outcome;
  if (kind === "applied" && Array.isArray(value)) return { type: "ok", lists: value as number[][] };
  // What was parked has not run either.
  return { type: kind === "rejected" || kind === "parked" ? "fail" : "info" };
}
