import type { CheckMessage, CursorMessage, Poke, ScopeMessage } from "../protocol/index.ts";
import { applyEffect } from "./base-state.ts";
import { keepCursor, startOver } from "./leader-cursor.ts";
import { moveLeases } from "./leader-leases.ts";
import { pushOn } from "./leader-pushes.ts";
import { notePoke } from "./leader-record.ts";
import { forgetLeftResults } from "./leader-results.ts";
import type { LeaderState } from "./leader-state.ts";
import { planAcknowledgement } from "./plan-acknowledgement.ts";
import { emptyPoke, joinParts, noGrants, planPoke, type PokePlan, type WholePoke } from "./plan-poke.ts";
import { segmentsConcerned } from "./poke-needs.ts";
import type { PushPlace } from "./push-plan.ts";
import type { SyncState } from "./stored-rows.ts";

/** Another connection, to which the cursor was offered: it has granted nothing. */
export function resetGrants(leader: LeaderState): void {
  leader.grants = { ...noGrants, offered: leader.offered };
  leader.arrived = [];
  leader.unproved = undefined;
  leader.failedScopes.clear();
  leader.verifier.reset();
}

/** Takes a part of a poke; with the last one the poke is applied whole. */
export async function takePokePart(leader: LeaderState, part: Poke): Promise<void> {
  leader.arrived.push(part);
  if (!part.header.more) await applyPoke(leader, joinParts(leader.arrived.splice(0)));
}

/** Notes how a scope has gone. */
export function takeScope({ failedScopes, holds, tell }: LeaderState, message: ScopeMessage): void {
  if (message.hold !== undefined) return holds.told(message);
  if (message.state === "failed") failedScopes.add(message.name);
  else failedScopes.delete(message.name);
  tell({ failedScopes: [...failedScopes] });
}

/** Keeps the proof of what was just stored, once that is known to be what is held. */
export async function takeCursor(leader: LeaderState, message: CursorMessage): Promise<void> {
  await thaw(leader);
  leader.unproved = leader.verifier.isProven ? undefined : message;
  if (leader.unproved) return;
  leader.contact.renew();
  keepCursor(leader, message);
}

/** Compares what is held with what it should come to; a cursor may have waited for that. */
export async function takeCheck(leader: LeaderState, message: CheckMessage): Promise<void> {
  await leader.verifier.checked(message);
  if (leader.unproved) await takeCursor(leader, leader.unproved);
}

/** The deployment is at rest, so its scopes have said all: what a failed one left and none has granted since is lost. */
export async function thaw(leader: LeaderState): Promise<void> {
  if (leader.grants.frozen.length === 0 || hasFailedScope(leader)) return;
  await applyPoke(leader, emptyPoke(leader.core.state.version));
}

async function applyPoke(leader: LeaderState, poke: WholePoke): Promise<void> {
  // The socket may end before the poke is shown: it is applied all the same.
  const { place } = leader;
  if (!place) return;
  const plan = await planWhole(leader, poke);
  if (!plan) return startOver(leader);
  await showPoke(leader, poke, plan, place);
  await leader.verifier.poked(poke.header, plan.compare);
}

/** Decides what a poke does, with all in memory that it needs. */
async function planWhole(leader: LeaderState, poke: WholePoke): Promise<PokePlan | undefined> {
  const { core, grants } = leader;
  const situation = { grants, hasFailedScope: hasFailedScope(leader) };
  const plan = planPoke(core.schema, core.overlay.base, poke, situation);
  const absent = plan ? segmentsConcerned(core, poke, plan) : [];
  if (absent.length === 0) return plan;
  await core.disk.load(absent);
  return planPoke(core.schema, core.overlay.base, poke, situation);
}

/** Moves everything by one poke: what is granted, shown, acknowledged and stored. */
async function showPoke(
  leader: LeaderState,
  { header }: WholePoke,
  { effect, grants }: PokePlan,
  place: PushPlace,
): Promise<void> {
  const { core } = leader;
  const { schema, overlay, state } = core;
  const before = overlay.base.holdings;
  const applied = applyEffect(schema, overlay.base, effect);
  leader.grants = grants;
  const own = planAcknowledgement(core, leader.retained, place, header);
  const next: SyncState = {
    ...leader.deployment,
    version: header.to,
    acked: own.acked,
    chain: own.chain,
    applied: leader.applied,
    atMs: core.nowMs(),
    hasFailedScope: hasFailedScope(leader),
  };
  notePoke(leader, own.retained);
  const { base } = applied;
  const shared = { number: core.poke + 1, effect: applied.effect, state: next, outcomes: header.outcomes ?? [] };
  await core.advance({ ...applied, ...shared });
  leader.contact.renew();
  if (own.rejected) core.rejected.set(own.rejected);
  leader.holds.held(header.held);
  pushOn(leader, header);
  leader.tell({ lastSyncedMs: next.atMs });
  void leader.writer.storePoke(shared, { ...own, chainBefore: state.chain, base });
  if (!shared.effect.ranges) return;
  if ([...before.keys()].some((tag) => !base.holdings.has(tag))) forgetLeftResults(leader);
  moveLeases(leader);
}

function hasFailedScope({ failedScopes, holds }: LeaderState): boolean {
  return failedScopes.size > 0 || holds.hasFailed;
}
