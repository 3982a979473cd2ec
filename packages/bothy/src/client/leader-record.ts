import type { Hello, Welcome } from "../protocol/index.ts";
import { drawDeviceId } from "./device.ts";
import type { Hydrated } from "./hydrate.ts";
import { stopPushing } from "./leader-pushes.ts";
import type { LeaderState } from "./leader-state.ts";
import {
  chainAt,
  floorOf,
  planResume,
  takeNewId,
  type NewDevicePlan,
  type OwnRecord,
  type ResumePlan,
} from "./resume.ts";
import { planParking, planSettlement, putRejected } from "./settle.ts";
import { deleteRow, putRow, readKept, type RejectedCall, type RetainedCall } from "./stored-rows.ts";

/** After so many new device ids in a row without a poke something is wrong that another id will not mend. */
const newDevicesMax = 3;

/** How often a copy of this profile takes this device's place before one of the two gives way. */
const replacedMax = 2;

/** Reads what is retained, and finishes a move out of the outbox that a dead leader has begun. */
export async function readRetained(
  leader: LeaderState,
  { unmoved, refused, chainBefore }: Pick<Hydrated, "chainBefore" | "refused" | "unmoved">,
): Promise<void> {
  const { core } = leader;
  leader.retained = (await leader.storage.list("retained")).flatMap(({ row }) => readKept<RetainedCall>(row) ?? []);
  const last = unmoved[unmoved.length - 1];
  if (!last) return;
  const outcomeByN = new Map(refused.map((outcome) => [outcome[0], outcome]));
  const from = { chainBefore, retained: leader.retained, nowMs: core.nowMs() };
  const { operations, retained, rejected } = planSettlement(unmoved, outcomeByN, from);
  leader.retained = retained;
  await leader.writer.moveOutbox(last.n, operations);
  addRejected(leader, rejected);
}

/** What this device knows of its own mutations. */
export function ownRecord({ core, retained, hasHistoryChanged = false }: LeaderState): OwnRecord {
  const { state, overlay } = core;
  const outbox = overlay.pending.flatMap(({ n, call }) => (n === undefined ? [] : [{ n, nonce: call.nonce }]));
  return { acked: state.acked, chain: state.chain, retained, outbox, hasHistoryChanged };
}

/** What a hello says of this device. */
export function helloDevice(leader: LeaderState): Hello["device"] {
  const own = ownRecord(leader);
  const { id, key, previous, start: first } = leader.device;
  const start = Math.max(floorOf(own), first);
  return { id, key, fence: leader.writer.fence, start, startChain: chainAt(own, start) ?? own.chain, previous };
}

/** Takes note of who answers; says so if that is another deployment, or this one with another history. */
export function noteDeployment(
  leader: LeaderState,
  { server, epoch }: Welcome,
): "server_changed" | "epoch_changed" | undefined {
  const { state } = leader.core;
  leader.deployment = { server, epoch };
  const isOther = state.server !== server;
  leader.hasHistoryChanged = state.server !== "" && (isOther || state.epoch !== epoch);
  if (!leader.hasHistoryChanged) return undefined;
  return isOther ? "server_changed" : "epoch_changed";
}

/** Decides how this device goes on with who has answered. */
export function planNext(leader: LeaderState, known: Welcome["device"]): ResumePlan {
  const { acked } = leader.core.state;
  const own = ownRecord(leader);
  const plan = planResume(own, known);
  // Two profiles that live on one device id would replace each other for ever. Nothing of ours is in doubt here, so we give way.
  const isInDoubt = plan.kind !== "push" || plan.from !== acked + 1 || known.n !== acked;
  return leader.replacedCount < replacedMax || isInDoubt ? plan : takeNewId(own, acked);
}

/** A poke has told what is acknowledged. */
export function notePoke(leader: LeaderState, retained: readonly RetainedCall[]): void {
  leader.retained = retained;
  leader.newDeviceCount = 0;
}

/** A copy of this profile is heard instead of it. */
export function noteReplaced(leader: LeaderState): void {
  leader.replacedCount++;
}

/** Goes on under another device id (SY21); what can no longer be told is parked. */
export async function takeNewDevice(leader: LeaderState, { start, parkUpTo }: NewDevicePlan): Promise<void> {
  const { core } = leader;
  const { id: previous, key } = leader.device;
  leader.device = { ...core.stamp, id: drawDeviceId(core.world), key, start, previous };
  const { kept, parked } = planParking(leader.retained, parkUpTo, core.nowMs());
  leader.retained = kept;
  leader.replacedCount = 0;
  stopPushing(leader);
  await leader.writer.write([
    putRow("meta", ["device"], leader.device),
    ...parked.map(({ n }) => deleteRow("retained", [n])),
    ...parked.map(putRejected),
  ]);
  addRejected(leader, parked);
  leader.newDeviceCount++;
  leader.restart(leader.newDeviceCount > newDevicesMax ? "later" : "now");
}

/** Adds to the rejected list what the storage has there already. */
function addRejected({ core, listener }: LeaderState, added: readonly RejectedCall[]): void {
  if (added.length === 0) return;
  core.rejected.set([...core.rejected.value, ...added]);
  listener.onRejected();
}
