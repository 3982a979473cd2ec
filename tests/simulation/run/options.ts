import type { SyncLimits } from "../../../packages/bothy-server/src/sync/limits.ts";
import type { Chance } from "../world/chance.ts";
import { faultNames, type FaultName } from "./fault-names.ts";
import { anything, everyday, topics, type DelayedPart, type OperationWeights, type Topic } from "./topics.ts";

/** Everything that a seed decides before its run begins: the shape of the run, and which faults it has. */
export interface RunOptions {
  readonly seed: number;
  /** What the run is about (`topics.ts`). */
  readonly topic: string;
  readonly clients: number;
  readonly operations: number;
  /** Virtual time in which operations and faults happen. */
  readonly lengthMs: number;
  readonly rooms: number;
  /** Of the last room devices hold only the newest notes. */
  readonly hasBigRoom: boolean;
  /** How many notes each device posts into the last room as soon as it may. */
  readonly firstNotes: number;
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
  readonly delays: Readonly<Record<DelayedPart, number>>;
  /** How many posts the deployment refuses. */
  readonly refusedShare: number;
  /** How often each operation is drawn, beside the others. */
  readonly weights: OperationWeights;
  /** How often each fault happens in the run; what is absent does not happen. */
  readonly faults: Readonly<Partial<Record<FaultName, number>>>;
}

/** Draws the options of a seed. Topics take turns, so that any few seeds in a row have all of them. */
export function drawOptions(seed: number, chance: Chance): RunOptions {
  const topic = topics[(seed - 1) % topics.length] ?? anything;
  const faults = drawFaults(topic, chance);
  const isFast = chance.happens(topic.fastShare ?? 0.3);
  return {
    seed,
    topic: topic.name,
    clients: chance.pick([2, 3, 3]),
    operations: topic.operations[0] + chance.below(topic.operations[1] - topic.operations[0] + 1),
    lengthMs: chance.pick(topic.lengthsMs),
    rooms: 1 + chance.below(topic.roomsMax ?? 3),
    hasBigRoom: chance.happens(topic.bigRoomShare ?? 0.6),
    firstNotes: topic.firstNotes ?? 0,
    listKeys: 1 + chance.below(topic.listKeysMax ?? 5),
    functionProcesses: 1 + chance.below(2),
    hotBytes: chance.pick([0, 4_000, 20_000, 4_000_000]),
    segmentBytes: chance.pick([2_000, 20_000, 67_108_864]),
    sync: { ...drawSyncLimits(chance), ...topic.sync },
    refusedShare: topic.refusedShare ?? 0.2,
    callsPerProcess: chance.pick([1, 2, 32]),
    hasSecondTabs: chance.happens(topic.secondTabsShare ?? 0.3),
    delays: {
      network: isFast ? 1 : chance.between(1, 40),
      pipe: isFast ? 0.1 : chance.between(0.1, 6),
      disk: isFast ? 0.1 : chance.between(0.1, 12),
      storage: isFast ? 0.1 : chance.between(0.1, 8),
      ...drawDelays(topic, chance),
    },
    weights: { ...everyday, ...topic.weights },
    faults,
  };
}

/** A topic has some of its own faults, often; where it is about anything, any faults, each a few times. */
function drawFaults({ faults: own }: Topic, chance: Chance): RunOptions["faults"] {
  const faults: Partial<Record<FaultName, number>> = {};
  if (own === undefined) {
    // One seed in ten is calm: what fails there fails without any help.
    const share = chance.happens(0.1) ? 0 : chance.between(0.1, 0.4);
    for (const name of faultNames) if (chance.happens(share)) faults[name] = 1 + chance.below(3);
  }
  for (const name of faultNames) {
    const [least, most] = own?.[name] ?? [0, 0];
    if (most > 0 && (least > 0 || chance.happens(0.5)))
      faults[name] = Math.max(1, least) + chance.below(most - Math.max(1, least) + 1);
  }
  return faults;
}

function drawDelays({ delays = {} }: Topic, chance: Chance): Partial<RunOptions["delays"]> {
  return Object.fromEntries(Object.entries(delays).map(([part, choices]) => [part, chance.pick(choices)]));
}

function drawSyncLimits(chance: Chance): Partial<SyncLimits> {
  return {
    // With a ping a leader looks for what a dead tab has stored and not told of (CL5): within the quiet time of a run.
    pingMs: 1_000,
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
  const { faults, delays, sync, weights: _, ...rest } = options;
  const parts = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  const delayText = Object.entries(delays).map(([name, value]) => `${name} ${value.toFixed(1)}`);
  const faultText = Object.entries(faults).map(([name, count]) => `${name} ${count}`);
  const syncText = Object.entries(sync).map(([name, value]) => `${name} ${value}`);
  return `${parts.join(", ")}, ${syncText.join(", ")}; longest delays in ms: ${delayText.join(", ")}; faults: ${faultText.join(", ") || "none"}`;
}
