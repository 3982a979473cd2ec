import type { Applied } from "./base-state.ts";
import { stopPushing } from "./leader-pushes.ts";
import { forgetLeftResults } from "./leader-results.ts";
import type { LeaderState } from "./leader-state.ts";
import { dropExpired, expiredRanges, shortestLeaseMs } from "./leases.ts";

/** The clock may be set: how often it is looked at while there are leases. */
const leasePollMs = 60_000;

/** Locks what was without contact for longer than its lease, and looks again when that may be so of something else (CL18). */
export function watchLeases(leader: LeaderState): void {
  const { core, contact } = leader;
  leader.stopLeases?.();
  const leaseMs = shortestLeaseMs(core.overlay.base);
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
  const expired = expiredRanges(overlay.base, silentMs);
  if (expired.length > 0) {
    await disk.load(disk.absentIn(expired, -1));
    await dropRanges(leader, dropExpired(schema, overlay.base, silentMs));
    // The deployment still takes this device to hold it; the next hello says what is lost.
    stopPushing(leader);
    leader.restart("now");
  }
  watchLeases(leader);
}
