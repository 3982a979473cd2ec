import type { ResultMessage } from "bothy/internal";
import { setTimeout as pause } from "node:timers/promises";
import { newProfile } from "../raw-device.ts";
import type { RawDevice } from "../raw-device.ts";
import { connect } from "./device-client.ts";
import type { Ending } from "./recorder.ts";
import type { Scene } from "./scene.ts";

/** How long queries are watched; then others are. */
const watchedMs = 100;
/** Queries watched at a time by one device. */
const watchedAtOnce = 3;
/** How often a query is one that others are likely to watch too: the deployment runs it once for all. */
const sharedShare = 0.7;

/**
 * Watches queries on a socket: the first result and those that follow are lines of their own. A result is of some moment
 * after the subscription and before its arrival: its line begins with the subscription, and has a process of its own.
 */
export async function runWatcher(scene: Scene): Promise<void> {
  const watched = new Map<number, (result: ResultMessage) => void>();
  let device = await connectWatcher(scene, watched);
  let lastQuery = 0;
  while (device !== undefined && !scene.isOver()) {
    for (let count = 0; count < watchedAtOnce; count++) watch(scene, { device, query: ++lastQuery, watched });
    await Promise.race([pause(watchedMs), device.socket.ended]);
    for (const query of watched.keys())
      if (device.socket.isOpen) device.socket.sendMessage({ type: "unsubscribe", query });
    watched.clear();
    if (!device.socket.isOpen) device = await connectWatcher(scene, watched);
  }
  device?.close();
}

type Watched = Map<number, (result: ResultMessage) => void>;

async function connectWatcher(scene: Scene, watched: Watched): Promise<RawDevice | undefined> {
  const device = await connect(scene, newProfile());
  device?.socket.onMessage((message) => {
    if (message.type === "result") watched.get(message.query)?.(message);
  });
  return device;
}

interface Watch {
  readonly device: RawDevice;
  readonly query: number;
  readonly watched: Watched;
}

/** Subscribes, and notes every result. */
function watch({ recorder, workload, random }: Scene, { device, query, watched }: Watch): void {
  const keys = random() < sharedShare ? [workload.hotKey()] : workload.keys();
  const end = recorder.begin(keys.map((key) => ({ key })));
  watched.set(query, (result) => {
    const ending = endingOf(result);
    if (ending !== undefined) end(recorder.newProcess(), ending);
  });
  device.socket.sendMessage({ type: "subscribe", query, name: "histories:look", args: { keys } });
}

/** A query that failed has read nothing: it is no line. */
function endingOf({ value }: ResultMessage): Ending | undefined {
  return Array.isArray(value) ? { type: "ok", lists: value as number[][] } : undefined;
}
