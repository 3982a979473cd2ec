import { isBothyError, type BothyError } from "../errors/index.ts";
import type { DeviceTab, TabPlace } from "./tab-state.ts";
import type { LeaderOptions } from "./leader-session.ts";
import { loadLeader, type LeaderPart } from "./load-leader.ts";
import { judgeEviction, writeMarker } from "./marker.ts";
import { resultOf, storeResult } from "./server-queries.ts";
import { standForLeader } from "./standing.ts";
import type { SharedStatus } from "./status.ts";
import { deleteRow, readKept, type StoredDevice } from "./stored-rows.ts";
import { askAgain, post } from "./tab-asking.ts";
import { storageBack, storageFailed } from "./tab-reading.ts";

/** When a lead that the storage refused is tried again. */
const retryMs = 250;

/** Stands for leader once there is all that a leader needs: a tab that cannot lead stands in nobody's way. */
export async function stand(tab: DeviceTab, place: TabPlace): Promise<void> {
  const { core, status, stops, tabs } = tab;
  const { world, name } = place;
  const loaded = await loadLeader().catch((error: BothyError) => error);
  // Closed meanwhile, or with another user's database.
  if (tab.tabs !== tabs || tab.isClosed) return;
  if (isBothyError(loaded)) {
    status.change({ state: "offline", error: loaded });
    const retry = world.signals.onChange(() => {
      retry();
      void stand(tab, place);
    });
    stops.push(retry);
    return;
  }
  tab.standing = standForLeader({
    world,
    name,
    tab: tab.id,
    isLeading: () => tab.leader !== undefined,
    isOutdated: () => status.value.updateReady,
    lead: () => void core.serial.run(() => lead(tab, loaded, place.device)),
    resign: () => resign(tab),
    post: (message) => post(tab, message),
  });
}

async function lead(tab: DeviceTab, part: LeaderPart, firstDevice: StoredDevice): Promise<void> {
  // The lock may have gone again while this waited for its turn.
  if (tab.isClosed || tab.leader || !tab.standing?.isHolder) return;
  const { core, storage, found } = tab;
  try {
    // Another leader may have taken a new id for this device.
    const device = readKept<StoredDevice>(await storage.get("meta", ["device"])) ?? firstDevice;
    tab.leader = await part.openLeader({
      core,
      storage,
      url: socketUrl(tab.url),
      device,
      found,
      listener: listenerOf(tab),
    });
  } catch (error) {
    // A storage that refuses now may not later, and nobody else leads while this tab has the lock.
    core.world.clock.after(retryMs, () => void core.serial.run(() => lead(tab, part, firstDevice)));
    return storageFailed(tab, error);
  }
  // The tab was closed while it was taking the lead.
  if (tab.isClosed) return await tab.leader.close();
  // It has moved on; a later leader reads again.
  tab.found = undefined;
  if (!tab.standing.isHolder) return await resign(tab);
  tab.status.change({ isLeader: true });
  storageBack(tab);
  noteUnsent(tab);
  askAgain(tab);
  announce(tab);
}

function listenerOf(tab: DeviceTab): LeaderOptions["listener"] {
  const { core, status } = tab;
  return {
    onStatus(change, error) {
      const hasNews = Object.entries(change).some(([name, value]) => Reflect.get(status.value, name) !== value);
      status.change({ ...change, ...(error ? { error } : change.state === "online" && { error: null }) });
      if (hasNews) announce(tab);
    },
    onStored(poke) {
      tab.storedPoke = poke.number;
      post(tab, { kind: "poke", ...poke });
    },
    onResult(key, result) {
      core.queries.show(key, resultOf(result));
      post(tab, { kind: "result", key, result });
      void tab.leader?.write([storeResult(core, key, result)]);
    },
    onHolds(scopes) {
      tab.holds.list.set(scopes);
      post(tab, { kind: "holds", scopes });
    },
    onIdentity: () => announce(tab),
    onRejected: () => post(tab, { kind: "rejected" }),
    onWelcome(previousN) {
      // The deployment knows how much of an evicted device had reached it.
      if (tab.evicted) {
        status.change({ evicted: judgeEviction(tab.evicted, previousN) });
        tab.evicted = undefined;
        announce(tab);
        void tab.leader?.write([deleteRow("meta", ["evicted"])]);
      }
      tab.onWelcome();
    },
    onStorageFailed: (error) => storageFailed(tab, error),
    onStorageBack() {
      storageBack(tab);
      // What was refused while nothing could be stored was listed in this tab alone.
      post(tab, { kind: "rejected" });
    },
    onReplaced: () => void resign(tab),
  };
}

async function resign(tab: DeviceTab): Promise<void> {
  const { leader } = tab;
  if (!leader) return;
  tab.leader = undefined;
  tab.mustRead = true;
  tab.status.change({ isLeader: false, state: "connecting" });
  await leader.close();
  post(tab, { kind: "hello" });
}

/** Tells the other tabs how things stand, as their leader. */
export function announce(tab: DeviceTab): void {
  const { state, lastSyncedMs, serverChanged, failedScopes, evicted, repairCount, stoppedRanges } = tab.status.value;
  const status: SharedStatus = {
    state,
    lastSyncedMs,
    serverChanged,
    failedScopes,
    evicted,
    repairCount,
    stoppedRanges,
  };
  post(tab, {
    kind: "leading",
    status,
    identity: tab.core.identity.value,
    offsetMs: tab.core.clockOffsetMs,
    poke: tab.storedPoke,
    scopes: tab.holds.list.value,
  });
}

/** Notes what would be lost with the database, once for all changes of a turn. */
export function noteUnsent(tab: DeviceTab): void {
  if (tab.cancelNote || !tab.leader || !tab.storage.isDurable) return;
  const { world, overlay } = tab.core;
  tab.cancelNote = world.clock.soon(() => {
    tab.cancelNote = undefined;
    const device = tab.leader?.device;
    if (!device || tab.isClosed || tab.status.value.storageMode === "lost") return;
    const { pending } = overlay;
    const n = pending.findLast((one) => one.n !== undefined)?.n ?? tab.core.state.acked;
    writeMarker(world, tab.name, { id: device.id, key: device.key, n, unsent: pending.length });
  });
}

function socketUrl(url: string): string {
  const address = new URL("/api/sync", url);
  address.protocol = address.protocol === "https:" || address.protocol === "wss:" ? "wss:" : "ws:";
  return address.href;
}
