import { applyEffect, type Applied } from "./base-state.ts";
import type { Hydrated } from "./hydrate.ts";
import { stopPushing } from "./leader-pushes.ts";
import { forgetLeftResults } from "./leader-results.ts";
import type { LeaderState } from "./leader-state.ts";
import { dropExpired, expiredRanges, shortestLeaseMs } from "./leases.ts";

/** The clock may be set: how often it is looked at while there are leases. */
const leasePollMs = 60_000;

/** Begins with what was found: rows of another schema are in no range of this one, and have their leases all the same. */
export function beginLeases(leader: LeaderState, { isSchemaSame, locked, ranges }: Hydrated): void {
  if (!isSchemaSame && !locked) leader.olderLeaseMs = shortestLeaseMs(ranges);
  watchLeases(leader);
}

/** A poke has told what is held, and for how long. */
export function moveLeases(leader: LeaderState): void {
  leader.olderLeaseMs = undefined;
  watchLeases(leader);
}

/** Locks what was without contact for longer than its lease, and looks again when that may be so of something else (CL18). */
function watchLeases(leader: LeaderState): void {
  const { core, contact, olderLeaseMs = Infinity } = leader;
  leader.stopLeases?.();
  const leaseMs = Math.min(shortestLeaseMs(core.overlay.base.holdings.values()), olderLeaseMs);
  if (leaseMs === Infinity) return;
  void leader.writer.write([contact.store(core.stamp)]);
  const leftMs = Math.max(leaseMs - contact.silentMs(), 0);
  leader.stopLeases = core.world.clock.after(Math.min(leftMs, leasePollMs), () =>
    leader.run(() => lockExpired(leader)),
  );
}

/** Shows and stores that ranges have left although no poke said so. */
export async function dropRanges(leader: LeaderState, applied: Applied): Promise<void> {
  const { core } = leader;
  const { poke, state } = core;
  const { base, effect } = applied;
  const shared = { state, number: poke + 1, outcomes: [], effect };
  await core.advance({ ...applied, ...shared });
  leader.holds.lock(leader.contact.silentMs());
  forgetLeftResults(leader);
  void leader.writer.storePoke(shared, { refused: [], chainBefore: state.chain, base, moved: undefined });
}

async function lockExpired(leader: LeaderState): Promise<void> {
  const { schema, overlay, disk } = leader.core;
  const silentMs = leader.contact.silentMs();
  const { olderLeaseMs = Infinity } = leader;
  const expired = expiredRanges(overlay.base, silentMs);
  const isAll = olderLeaseMs <= silentMs;
  if (isAll || expired.length > 0) {
    await disk.load(disk.absentIn(expired, -1));
    const all = { isReset: true, tables: [], ranges: [] };
    const { base } = overlay;
    await dropRanges(leader, isAll ? applyEffect(schema, base, all) : dropExpired(schema, base, silentMs));
    if (isAll) leader.olderLeaseMs = undefined;
    // The deployment still takes this device to hold it; the next hello says what is lost.
    stopPushing(leader);
    leader.restart("now");
  }
  watchLeases(leader);
}
