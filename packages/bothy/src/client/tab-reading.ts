import { isBothyError } from "../errors/index.ts";
import type { DeviceTab } from "./device-tab.ts";
import { hydrate, hydratePending, type Hydrated } from "./hydrate.ts";
import { lockFound, openContact } from "./leases.ts";
import { readKept, type RejectedCall, type StoredHolds } from "./stored-rows.ts";

/** What could not be read is read again this much later. */
const rereadMs = 250;

/** What is stored, without what its lease no longer lets anybody use. */
export async function readStorage({ core, holds, storage }: DeviceTab): Promise<Hydrated> {
  const { schema, stamp, world } = core;
  const silentMs = (await openContact(world, storage)).silentMs();
  const read = await hydrate(schema, storage, stamp);
  const found = await lockFound(schema, storage, { found: read, silentMs });
  holds.list.set(readKept<StoredHolds>(await storage.get("meta", ["holds"]))?.scopes ?? []);
  return found;
}

/** Reads the list of refused calls. */
export async function readRejected({ core, storage }: DeviceTab): Promise<void> {
  const rows = await storage.list("rejected");
  core.rejected.set(rows.flatMap(({ row }) => readKept<RejectedCall>(row) ?? []));
}

/** Shows what is in the storage now. */
export async function readAgain(tab: DeviceTab): Promise<void> {
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
  if (tab.leader || tab.cancelRead) return;
  tab.cancelRead = tab.core.world.clock.after(rereadMs, () => {
    tab.cancelRead = undefined;
    void tab.core.serial.run(() => readAgain(tab).catch((error: unknown) => storageFailed(tab, error)));
  });
}

/** Reads the outbox again. */
export async function readPending({ core, storage }: DeviceTab): Promise<void> {
  await core.addPending(await hydratePending(storage, core.state.acked));
}

/** An entry that is missing between others was stored by a tab that has died, or its news is still on the way. */
export async function fillGaps(tab: DeviceTab): Promise<void> {
  const { overlay, state } = tab.core;
  const numbered = overlay.pending.filter(({ n }) => n !== undefined);
  const last = numbered.at(-1)?.n ?? state.acked;
  if (last - state.acked !== numbered.length) await readPending(tab);
}

/** Segments could not be read: another tab has made them into others, or the storage fails. */
export function unreadable(tab: DeviceTab, error: unknown): void {
  if (tab.leader) storageFailed(tab, error);
  else readLater(tab);
}

/** Says why the storage refuses. */
export function storageFailed({ status }: DeviceTab, error: unknown): void {
  const typed = isBothyError(error) ? error : null;
  const code = typed?.code;
  const storageMode = code === "storage_full" ? "full" : code === "storage_lost" ? "lost" : "failed";
  status.change({ storageMode, error: typed });
}
