import { setTimeout as pause } from "node:timers/promises";
import type { Device } from "./device.ts";
import type { Scene } from "./faults.ts";
import type { Content } from "./torture-line.ts";

/** How long is waited for devices at most; what has not come by then is written as it is. */
const patienceMs = 30_000;
/** What was dropped leaves the disk within a second; the check looks after that. */
const compactedAfterMs = 2_500;
const pollMs = 50;

/** Heals everything, waits until all is quiet, and writes what everybody has in the end. */
export async function endTorture(scene: Scene): Promise<void> {
  const { server, proxy, devices, recorder, shared } = scene;
  await server.start();
  proxy.heal();
  // Dead connections would be found out only after their time of silence: the network changes.
  proxy.cut();
  for (const device of devices) await device.heal();
  recorder.tell({ kind: "healed" });
  const healedMs = performance.now();
  const granted = new Map<string, ReadonlySet<string>>();
  for (const { name, user } of devices) {
    const spaces = await server.run("admin:spacesOf", { user });
    granted.set(name, new Set(Array.isArray(spaces) ? spaces.map(String) : []));
  }
  const waiting = new Set(devices);
  let contents = new Map<string, Content>();
  while (waiting.size > 0 && performance.now() - healedMs < patienceMs) {
    const areEmpty = (await Promise.all(devices.map(hasSentAll))).every(Boolean);
    // What others still have to send would change what there is.
    if (areEmpty) contents = await readContents(scene);
    for (const device of areEmpty ? waiting : []) {
      if (!(await hasAll(device, contents, granted.get(device.name) ?? new Set()))) continue;
      waiting.delete(device);
      recorder.tell({ kind: "quiet", device: device.name, afterMs: Math.round(performance.now() - healedMs) });
    }
    await pause(pollMs);
  }
  await pause(compactedAfterMs);
  contents = await readContents(scene);
  for (const [space, content] of contents) recorder.tell({ kind: "server", space, ...content });
  for (const device of devices) {
    const { name: deviceName } = device;
    for (const space of [...shared, `p-${deviceName}`]) {
      const shown = await device.shown(device.tabs()[0] ?? "", space);
      const isGranted = granted.get(deviceName)?.has(space) ?? false;
      if (shown) recorder.tell({ kind: "final", device: deviceName, space, isGranted, ...plain(shown) });
    }
    const stored = await device.storedTags();
    if (stored) recorder.tell({ kind: "stored", device: deviceName, ...stored });
    const state = await device.state();
    if (state) {
      recorder.tell({ kind: "ended", device: deviceName, waiting: state.waiting, rejected: state.rejected });
    }
  }
}

async function hasSentAll(device: Device): Promise<boolean> {
  return (await device.state())?.waiting === 0;
}

/** Whether a device shows what there is, in each of its tabs. */
async function hasAll(
  device: Device,
  contents: ReadonlyMap<string, Content>,
  granted: ReadonlySet<string>,
): Promise<boolean> {
  for (const tab of device.tabs()) {
    for (const space of granted) {
      const shown = await device.shown(tab, space);
      const there = contents.get(space);
      if (shown === undefined || there === undefined || textOf(shown) !== textOf(there)) return false;
    }
  }
  return true;
}

async function readContents({ server, devices, shared }: Scene): Promise<Map<string, Content>> {
  const contents = new Map<string, Content>();
  for (const space of [...shared, "limbo", ...devices.map(({ name }) => `p-${name}`)]) {
    const content = await server.run("admin:contents", { space });
    // What the function of this very app returns.
    contents.set(space, plain(content as Content));
  }
  return contents;
}

function plain({ items, claims, left, count }: Content): Content {
  return { items, claims, left, count };
}

function textOf({ items, claims, left, count }: Content): string {
  return JSON.stringify([items.toSorted(), claims.toSorted(), left, count]);
}
