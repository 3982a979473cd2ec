import type { SyncLimits } from "../../../packages/bothy-server/src/sync/limits.ts";
import type { Chance } from "../world/chance.ts";

/** Everything that a seed decides before its run begins: the shape of the run, and which faults it has. */
export interface RunOptions {
  readonly seed: number;
  readonly clients: number;
  readonly operations: number;
  /** Virtual time in which operations and faults happen. */
  readonly lengthMs: number;
  readonly rooms: number;
  readonly listKeys: number;
  readonly functionProcesses: number;
  readonly hotBytes: number;
  readonly segmentBytes: number;
  /** Limits of sessions that are smaller than in production, so that a short run meets them. */
  readonly sync: Partial<SyncLimits>;
  /** Calls that one function process is given at a time. */
  readonly callsPerProcess: number;
  /** Tabs that a client may have beside its first. */
  readonly hasSecondTabs: boolean;
  /** Longest delays of the parts, in virtual milliseconds. */
  readonly delays: { readonly network: number; readonly pipe: number; readonly disk: number; readonly storage: number };
  /** How often each fault happens in the run; what is absent does not happen. */
  readonly faults: Readonly<Partial<Record<FaultName, number>>>;
}

/** The faults that can be drawn. Those of rates are chances in a thousand operations, the others counts in a run. */
export const faultNames = [
  "power_loss",
  "server_kill",
  "server_restart",
  "function_kill",
  "sync_error",
  "disk_full",
  "cut",
  "half_open",
  "silence_client",
  "silence_server",
  "slow_reader",
  "stalls",
  "offline",
  "page_kill",
  "page_reload",
  "page_freeze",
  "page_hide",
  "profile_copy",
  "clock_step",
  "restore_backup",
  "profile_full",
  "row_decay",
  "app_upgrade",
] as const;

export type FaultName = (typeof faultNames)[number];

/** Draws the options of a seed. */
export function drawOptions(seed: number, chance: Chance): RunOptions {
  const faults: Partial<Record<FaultName, number>> = {};
  // One seed in ten is calm: what fails there fails without any help.
  const share = chance.happens(0.1) ? 0 : chance.between(0.1, 0.6);
  for (const name of faultNames) if (chance.happens(share)) faults[name] = 1 + chance.below(3);
  // A copy that meets a restored deployment before the other has sent everything again leaves that one without knowing what was lost.
  if (faults.restore_backup !== undefined) delete faults.profile_copy;
  const isFast = chance.happens(0.3);
  return {
    seed,
    clients: chance.pick([3, 3, 3, 4]),
    operations: 20 + chance.below(35),
    lengthMs: chance.pick([100, 300, 1_000, 3_000]),
    rooms: 1 + chance.below(4),
    listKeys: 1 + chance.below(6),
    functionProcesses: 1 + chance.below(2),
    hotBytes: chance.pick([0, 4_000, 20_000, 4_000_000]),
    segmentBytes: chance.pick([2_000, 20_000, 67_108_864]),
    sync: drawSyncLimits(chance),
    callsPerProcess: chance.pick([1, 2, 32]),
    hasSecondTabs: chance.happens(0.3),
    delays: {
      network: isFast ? 1 : chance.between(1, 40),
      pipe: isFast ? 0.1 : chance.between(0.1, 6),
      disk: isFast ? 0.1 : chance.between(0.1, 12),
      storage: isFast ? 0.1 : chance.between(0.1, 8),
    },
    faults,
  };
}

function drawSyncLimits(chance: Chance): Partial<SyncLimits> {
  return {
    cursorMs: chance.pick([10, 100, 2_000]),
    ...(chance.happens(0.3) && { partBytes: 300 }),
    ...(chance.happens(0.3) && { unsentBytes: 2_000 }),
    ...(chance.happens(0.3) && { changesMax: 1 + chance.below(3) }),
    // Time does not pass within an event: every piece of work is its own slice, or all are one.
    ...(chance.happens(0.3) && { sliceMs: 0 }),
  };
}

/** The options on one line, for people. */
export function describeOptions(options: RunOptions): string {
  const { faults, delays, sync, ...rest } = options;
  const parts = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  const delayText = Object.entries(delays).map(([name, value]) => `${name} ${value.toFixed(1)}`);
  const faultText = Object.entries(faults).map(([name, count]) => `${name} ${count}`);
  const syncText = Object.entries(sync).map(([name, value]) => `${name} ${value}`);
  return `${parts.join(", ")}, ${syncText.join(", ")}; longest delays in ms: ${delayText.join(", ")}; faults: ${faultText.join(", ") || "none"}`;
}
