import { BothyError } from "../errors/index.ts";
import type { Json } from "../protocol/index.ts";
import { applyEffect } from "./base-state.ts";
import type { DeviceTab } from "./tab-state.ts";
import { resultOf } from "./server-queries.ts";
import { deleteRow, type MutationCall } from "./stored-rows.ts";
import { askAgain, hearWatch, post } from "./tab-asking.ts";
import { announce } from "./tab-lead.ts";
import { readRejected } from "./read-rejected.ts";
import { fillGaps, orLater, readAgain, readLater, readPending, storageFailed } from "./tab-reading.ts";
import type { TabMessage } from "./tabs.ts";

/** A message of one kind. */
type Said<Kind extends TabMessage["kind"]> = TabMessage & { readonly kind: Kind };

/** Does what another tab of the same app asks or tells. */
export async function hear(tab: DeviceTab, message: TabMessage): Promise<void> {
  const { core, leader } = tab;
  switch (message.kind) {
    case "hello":
      return leader && announce(tab);
    case "leading":
      return leader ? undefined : await follow(tab, message);
    case "entry":
      if (message.n > core.state.acked) await core.addPending([message]);
      return await pushNew(tab);
    case "poke":
      return leader ? undefined : await hearPoke(tab, message);
    case "rejected":
      // What a leader has refused and not stored yet is in its memory only.
      return message.gone === undefined ? await orLater(tab, readRejected(tab)) : forgetRejected(tab, message.gone);
    case "repair":
      return leader?.repair();
    case "subscribe":
    case "unsubscribe":
      return hearWatch(tab, message);
    case "bye":
      for (const key of tab.subscribers.removeTab(message.tab)) leader?.subscriptions.unsubscribe(key);
      return leader?.holds.leave(message.tab);
    case "hold":
    case "release":
      return leader?.holds.ask(message);
    case "holds":
      return leader ? undefined : tab.holds.list.set(message.scopes);
    case "result":
      return core.queries.show(message.key, resultOf(message.result));
    case "ask":
    case "here":
    case "yield":
    case "moved":
      // Done when it arrived.
      return;
    case "reread":
      return await leader?.reread();
    case "destroyed":
      storageFailed(tab, new BothyError("storage_lost", { message: "Another tab has deleted this device's data." }));
  }
}

/** A tab of another version of the app speaks: what concerns rows is read from the storage, as far as this version understands it. */
export async function hearOther(tab: DeviceTab, message: TabMessage): Promise<void> {
  const { core, leader, status } = tab;
  switch (message.kind) {
    case "leading": {
      if (leader) return;
      const { state, lastSyncedMs } = message.status;
      core.clockOffsetMs = message.offsetMs;
      status.change({ state, lastSyncedMs });
      await core.setIdentity(message.identity);
      return readLater(tab);
    }
    case "poke":
      return leader ? undefined : readLater(tab);
    case "entry":
      await readPending(tab);
      return leader?.push();
    case "hold":
    case "release":
    case "holds":
    case "repair":
      return;
    default:
      await hear(tab, message);
  }
}

/** An entry of this tab is durable. */
export async function tellEntry(tab: DeviceTab, n: number, call: MutationCall): Promise<void> {
  // Of a user who has signed out meanwhile.
  if (!tab.core.overlay.pending.findLast((one) => one.call === call)) return;
  post(tab, { kind: "entry", n, call });
  await pushNew(tab);
}

/** An entry of the rejected list was discarded, or made again, and is in the storage no more. */
export function tellGone(tab: DeviceTab, n: number): void {
  forgetRejected(tab, n);
  post(tab, { kind: "rejected", gone: n });
  // Its refusal may still be on its way into the storage.
  void tab.leader?.write([deleteRow("rejected", [n])]);
}

function forgetRejected({ core }: DeviceTab, n: number): void {
  core.rejected.set(core.rejected.value.filter((one) => one.n !== n));
}

async function pushNew(tab: DeviceTab): Promise<void> {
  await fillGaps(tab);
  tab.leader?.push();
}

/** Another tab leads: its news count, and it is told what this tab watches. */
async function follow(tab: DeviceTab, { status, identity, ...said }: Said<"leading">): Promise<void> {
  const { core } = tab;
  core.clockOffsetMs = said.offsetMs;
  tab.status.change({ ...status, evicted: status.evicted ?? tab.status.value.evicted });
  await core.setIdentity(identity);
  await core.doubt(status.stoppedRanges.flatMap(tableOfSpec));
  if (said.poke > core.poke || tab.mustRead) await readAgain(tab);
  tab.holds.list.set(said.scopes);
  askAgain(tab);
}

async function hearPoke(tab: DeviceTab, { number, effect, state, outcomes }: Said<"poke">): Promise<void> {
  const { core } = tab;
  if (tab.mustRead) return await readAgain(tab);
  if (number > core.poke + 1) return await readAgain(tab);
  // One that was read in the storage may have been read before what it refuses was listed there.
  if (number === core.poke + 1) {
    const { base, changed } = applyEffect(core.schema, core.overlay.base, effect);
    await core.advance({ number, base, effect, changed, state, outcomes });
    tab.storedPoke = number;
    tab.status.change({ lastSyncedMs: state.atMs });
  }
  if (outcomes.some(([, kind]) => kind === "rejected" || kind === "parked")) await orLater(tab, readRejected(tab));
}

function tableOfSpec(spec: Json): readonly string[] {
  const table: unknown = Reflect.get(Object(spec), "table");
  return typeof table === "string" ? [table] : [];
}
