import { isBothyError } from "../errors/index.ts";
import type { DeviceTab } from "./tab-state.ts";
import { hydrate, hydratePending, type Hydrated } from "./hydrate.ts";
import { lockFound, openContact } from "./leases.ts";
import { readRejected } from "./read-rejected.ts";
import { readKept, type StoredHolds } from "./stored-rows.ts";

/** How much later the storage is read again; after each time that was refused, too, twice as much later. */
export const rereadMsMin = 250;
const rereadMsMax = 60_000;

/** What is stored, without what its lease no longer lets anybody use. */
export async function readStorage({ core, holds, storage }: DeviceTab): Promise<Hydrated> {
  const { schema, stamp, world } = core;
  // Asked for in this order: rows are never older than what says how long they may be used.
  const [contact, read, held] = await Promise.all([
    openContact(world, storage),
    hydrate(schema, storage, stamp),
    storage.get("meta", ["holds"]),
  ]);
  const found = await lockFound(schema, storage, { found: read, silentMs: contact.silentMs() });
  holds.list.set(readKept<StoredHolds>(held)?.scopes ?? []);
  return found;
}

/** Shows what is in the storage now. */
export const readAgain = (tab: DeviceTab): Promise<void> => orLater(tab, showStored(tab));

async function showStored(tab: DeviceTab): Promise<void> {
  await readRejected(tab);
  const found = await readStorage(tab);
  const { server, epoch, version } = tab.core.state;
  // What this tab has shown does not go back; the leader gets there in a moment.
  const isBehind = found.state?.server === server && found.state.epoch === epoch && found.state.version < version;
  if (tab.mustRead && isBehind) return;
  tab.mustRead = false;
  await tab.core.adopt(found);
  tab.storedPoke = tab.core.poke;
}

/** Reads the storage again, once for all that asks for it meanwhile. */
export function readLater(tab: DeviceTab): void {
  if (tab.isClosed || tab.cancelRead || tab.status.value.storageMode === "lost") return;
  tab.cancelRead = tab.core.world.clock.after(tab.rereadMs, () => {
    tab.cancelRead = undefined;
    void tab.core.serial.run(() => reread(tab));
  });
}

async function reread(tab: DeviceTab): Promise<void> {
  const { core, isClosed, leader } = tab;
  if (isClosed) return;
  tab.rereadMs = Math.min(2 * tab.rereadMs, rereadMsMax);
  if (leader) {
    // It shows all that is stored, and more, but for entries of others and rows that could not be read when they were needed.
    await readPending(tab);
    await core.runAgain();
    leader.push();
  } else await readAgain(tab);
  if (tab.cancelRead) return;
  tab.rereadMs = rereadMsMin;
  storageBack(tab);
}

/** Reads the outbox again. */
export const readPending = (tab: DeviceTab): Promise<void> => orLater(tab, addStored(tab));

async function addStored({ core, storage }: DeviceTab): Promise<void> {
  await core.addPending(await hydratePending(storage, core.state.acked));
}

/** Waits for what is read; what is refused is read again later. */
export async function orLater(tab: DeviceTab, read: Promise<void>): Promise<void> {
  try {
    await read;
  } catch (error) {
    unreadable(tab, error);
  }
}

/** An entry that is missing between others was stored by a tab that has died, or its news is still on the way. */
export async function fillGaps(tab: DeviceTab): Promise<void> {
  const { overlay, state } = tab.core;
  const numbered = overlay.pending.filter(({ n }) => n !== undefined);
  const last = numbered.at(-1)?.n ?? state.acked;
  if (last - state.acked !== numbered.length) await readPending(tab);
}

/** Something could not be read: another tab has made segments into others, or the storage fails. */
export function unreadable(tab: DeviceTab, error: unknown): void {
  // Of what others write, the second refusal in a row is the storage's own.
  if (tab.leader || tab.rereadMs > rereadMsMin) storageFailed(tab, error);
  readLater(tab);
}

/** Says why the storage refuses. */
export function storageFailed({ status }: DeviceTab, error: unknown): void {
  const typed = isBothyError(error) ? error : null;
  const code = typed?.code;
  const storageMode = code === "storage_full" ? "full" : code === "storage_lost" ? "lost" : "failed";
  status.change({ storageMode, error: typed });
}

/** Says that the storage refuses no more, unless something else waits for it still. */
export function storageBack({ cancelRead, leader, status }: DeviceTab): void {
  const { storageMode } = status.value;
  const hasRefused = storageMode === "failed" || storageMode === "full";
  if (hasRefused && !cancelRead && !leader?.isBehind) status.change({ storageMode: "durable", error: null });
}
