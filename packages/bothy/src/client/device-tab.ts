import type { ClientWorld } from "../base/index.ts";
import { isBothyError } from "../errors/index.ts";
import type { WireIdentity } from "../protocol/index.ts";
import { openMemoryStorage, type ClientStorage, type StorageOperation } from "../storage/index.ts";
import { bytesOfHex, hexOfBytes } from "../values/index.ts";
import { openDevice } from "./device.ts";
import { createHolds } from "./holds.ts";
import { withRoom } from "./make-room.ts";
import { readMarker, writeMarker, type Marker } from "./marker.ts";
import { createSubscribers } from "./server-queries.ts";
import { deleteRow, putRow, readKept, type Stamped, type StoredDevice } from "./stored-rows.ts";
import { askHold, post } from "./tab-asking.ts";
import { hear, hearOther } from "./tab-hearing.ts";
import { noteUnsent, stand } from "./tab-lead.ts";
import { readRejected } from "./read-rejected.ts";
import { readStorage, rereadMsMin, storageFailed } from "./tab-reading.ts";
import type { DeviceTabOptions, Stay, DeviceTab } from "./tab-state.ts";
import { openTabs } from "./tabs.ts";
import { planReplacement, type SwitchUserOptions } from "./user.ts";
import { watchSegments } from "./watch-segments.ts";

/** Makes the part of a tab that has opened nothing yet. */
export function createDeviceTab(options: DeviceTabOptions): DeviceTab {
  const tab: DeviceTab = {
    ...options,
    ...stayIn(openMemoryStorage()),
    id: hexOfBytes(options.core.world.random.bytes(8)),
    holds: createHolds((request) => askHold(tab, request)),
    isClosed: false,
  };
  return tab;
}

function stayIn(storage: ClientStorage): Stay {
  return {
    storage,
    subscribers: createSubscribers(),
    found: undefined,
    tabs: undefined,
    standing: undefined,
    leader: undefined,
    storedPoke: 0,
    evicted: undefined,
    cancelNote: undefined,
    cancelRead: undefined,
    rereadMs: rereadMsMin,
    mustRead: false,
    stops: [],
  };
}

/** Opens the storage, shows what is in it, and then looks for the other tabs and the deployment. */
export async function openTab(
  tab: DeviceTab,
  storage: ClientStorage | Promise<ClientStorage> | undefined,
): Promise<void> {
  try {
    const given = await storage;
    if (given) tab.storage = ownStorage(tab, given);
  } catch (error) {
    tellWithout(tab, error);
  }
  await start(tab);
}

/** The storage as this tab uses it: it makes room where it can, and what it can never read comes from the deployment. */
function ownStorage(tab: DeviceTab, storage: ClientStorage): ClientStorage {
  return watchSegments(withRoom(storage), tab.core.world.clock, () => tab.leader?.startOver());
}

/** The app works online without a storage, and says so. */
function tellWithout({ status }: DeviceTab, error: unknown): void {
  status.change({ error: isBothyError(error) ? error : null });
}

/** Begins with what the storage has; one that opens but cannot be begun with is as one that cannot be opened. */
async function start(tab: DeviceTab): Promise<void> {
  const { storage } = tab;
  try {
    await begin(tab);
  } catch (error) {
    if (!storage.isDurable) throw error;
    await leave(tab);
    Object.assign(tab, stayIn(openMemoryStorage()));
    tellWithout(tab, error);
    await begin(tab);
    // Last, because a storage that refuses may take its time over this.
    await storage.close().catch(() => undefined);
  }
}

async function begin(tab: DeviceTab): Promise<void> {
  if (tab.isClosed) return;
  const { core, status, storage } = tab;
  const world = reach(tab);
  // Another database of this client has another lock and channel.
  const name = `${tab.name}:${storage.name}`;
  const device = await findDevice(tab, world, name);
  if (!device) return;
  if (tab.evicted) {
    const { id, unsent } = tab.evicted;
    status.change({ evicted: { deviceId: id, unsentCount: unsent, lostCount: null } });
  }
  core.deviceKey = bytesOfHex(device.key);
  // Before the storage is read, so that no poke falls between the two; what is heard waits behind this task.
  tab.tabs = openTabs(world, {
    name,
    stamp: core.stamp,
    onMessage: (message, version) => {
      // Before everything that waits in line: a busy tab is no frozen one.
      tab.standing?.heard(message);
      void core.serial.run(async () => {
        if (tab.isClosed) return;
        if (message.kind === "moved") await followUser(tab);
        else await (version === "same" ? hear : hearOther)(tab, message);
      });
    },
    onNewer: () => status.change({ updateReady: true }),
  });
  const [identity, found] = await Promise.all([storage.get("meta", ["identity"]), readStorage(tab), readRejected(tab)]);
  if (identity !== undefined) core.identity.set(identity as WireIdentity);
  tab.found = found;
  await core.adopt(found);
  tab.storedPoke = core.poke;
  const { atMs } = core.state;
  if (atMs > 0) status.change({ lastSyncedMs: atMs });
  post(tab, { kind: "hello" });
  // Behind what is asked for already; the rest follows as far as it fits. What cannot be read says so when it is needed.
  void core.serial.run(async () => void core.disk.loadRest(() => tab.isClosed).catch(() => undefined));
  tab.stops.push(core.pending.subscribe(() => noteUnsent(tab)));
  void stand(tab, { world, name, device });
}

/** This profile's device, with what is known of one that was evicted; undefined where a newer app has stored it: then nothing of it is read or written. */
async function findDevice(tab: DeviceTab, world: ClientWorld, name: string): Promise<StoredDevice | undefined> {
  const { core, status, storage } = tab;
  // A database without a device beside a note of one: it was evicted, and this is another.
  const [stored, evicted] = await Promise.all([storage.get("meta", ["device"]), storage.get("meta", ["evicted"])]);
  const isFirst = storage.isDurable && stored === undefined;
  const marker = isFirst ? readMarker(world, tab.name) : undefined;
  try {
    const device = await openDevice(world, storage, { name, stamp: core.stamp, stored, marker });
    // With a device that has just come into being stands which one was before.
    const known = stored === undefined ? await storage.get("meta", ["evicted"]) : evicted;
    tab.evicted = readKept<Marker & Stamped>(known);
    return device;
  } catch (error) {
    if (!isBothyError(error) || error.code !== "schema_mismatch") throw error;
    status.change({ state: "updateNeeded", updateReady: true, error });
    return undefined;
  }
}

/** What of the world is there for this storage. */
function reach(tab: DeviceTab): ClientWorld {
  const { core, status, stops, storage } = tab;
  const lost = async (error: unknown): Promise<void> => {
    if (storage === tab.storage && !(await followUser(tab))) storageFailed(tab, error);
  };
  stops.push(storage.onLost((error) => void core.serial.run(() => lost(error))));
  if (storage.isDurable) return core.world;
  status.change({ storageMode: "memory" });
  // A memory of its own is a device of its own: there is nothing to share with other tabs.
  const { locks: _locks, openChannel: _openChannel, ...alone } = core.world;
  return alone;
}

/** Leaves the other tabs; what is stored stays. */
export async function closeTab(tab: DeviceTab): Promise<void> {
  tab.isClosed = true;
  post(tab, { kind: "bye", tab: tab.id });
  await leave(tab);
  await tab.core.serial.run(async () => tab.storage.close());
}

/** Deletes what is stored, for all tabs. */
export async function destroyTab(tab: DeviceTab): Promise<void> {
  tab.isClosed = true;
  writeMarker(tab.core.world, tab.name, undefined);
  post(tab, { kind: "destroyed" });
  await leave(tab);
  await tab.core.serial.run(() => tab.storage.destroy());
}

/** Puts another user's database in place, for all tabs; nothing of this user's stays in memory. */
export function switchUser(tab: DeviceTab, options: SwitchUserOptions): Promise<void> {
  const { serial, world } = tab.core;
  return serial.run(async () => {
    const replacement = await planReplacement(tab.core, tab.storage, options);
    // First, so that no start takes what follows for an eviction.
    writeMarker(world, tab.name, undefined);
    const next = await tab.storage.replace(replacement);
    post(tab, { kind: "moved" });
    await enter(tab, next);
  });
}

/** Who uses this device is known by another name from now on; what waits goes out under that. */
export function signIn(tab: DeviceTab, token: string): Promise<void> {
  return tellLeader(tab, putRow("meta", ["token"], token));
}

/** Stays away from the deployment from now on, in all tabs and over starts, or no longer. */
export function setPaused(tab: DeviceTab, isPaused: boolean): Promise<void> {
  return tellLeader(tab, isPaused ? putRow("meta", ["paused"], true) : deleteRow("meta", ["paused"]));
}

/** Stores what whoever leads, now or later, reads. */
function tellLeader(tab: DeviceTab, row: StorageOperation): Promise<void> {
  return tab.core.serial.run(async () => {
    await tab.storage.write([row]);
    if (tab.leader) await tab.leader.reread();
    else post(tab, { kind: "reread" });
  });
}

/** Moves to the database that another tab has put in place; false if none has. */
async function followUser(tab: DeviceTab): Promise<boolean> {
  // A storage that does not answer has nothing else in place.
  const next = await tab.storage.reopen().catch(() => undefined);
  if (next) await enter(tab, next);
  return next !== undefined;
}

async function enter(tab: DeviceTab, storage: ClientStorage): Promise<void> {
  await leave(tab);
  await tab.core.forget();
  tab.status.reset();
  tab.holds.list.set([]);
  Object.assign(tab, stayIn(ownStorage(tab, storage)));
  await start(tab);
}

async function leave(tab: DeviceTab): Promise<void> {
  tab.cancelNote?.();
  tab.cancelRead?.();
  await tab.leader?.close();
  tab.standing?.stop();
  for (const stop of tab.stops) stop();
  tab.tabs?.close();
  // A poke may still be on its way into the storage; a closed channel takes no more messages.
  tab.tabs = undefined;
}
