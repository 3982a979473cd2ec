import { RangeIndex } from "bothy/internal";
import type { Version } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";
import { Computation } from "./computation.ts";
import type { Subscriber } from "./computation.ts";
import { ComputationShare } from "./computation-share.ts";
import type { LiveFigures, LiveState } from "./live-figures.ts";
import { defaultLiveLimits } from "./limits.ts";
import type { LiveLimits } from "./limits.ts";
import type { LiveCall, LivePool, LiveResult } from "./live-pool.ts";
import { matchWrite } from "./match-writes.ts";
import { RunQueue } from "./run-queue.ts";

/** A subscriber's hold on a function's result. */
export interface LiveSubscription {
  /** True when the last result given to the subscriber is that of this version too. */
  isCleanAt(version: Version): boolean;
  close(): void;
}

/** Functions kept up to date. */
export interface Live {
  /**
   * Tells the result of a query or scope, and each later one; never inside this call, and only once it is durable. The first
   * is one that holds at a version which was durable at this call, or at a later one.
   */
  subscribe(call: LiveCall, onResult: (result: LiveResult) => void): LiveSubscription;
  counts(): { readonly computations: number; readonly readRanges: number };
  /** Counted since it was opened. */
  readonly figures: Readonly<LiveFigures>;
  state(): LiveState;
  close(): void;
}

/** Starts to follow the commits of an engine. */
export function openLive(parts: {
  readonly world: World;
  readonly engine: Engine;
  readonly pool: LivePool;
  readonly limits?: Partial<LiveLimits>;
}): Live {
  const { world, engine, pool } = parts;
  const limits = { ...defaultLiveLimits, ...parts.limits };
  const figures: LiveFigures = { runs: 0, invalidations: 0, dueRuns: 0, unavailableRuns: 0 };
  const readers = new RangeIndex<Computation>();
  const perTurn = limits.runsPerTurn;
  const queues = {
    query: new RunQueue<Computation>(world.clock, { max: limits.runsMax, perTurn }, (computation) => computation.run()),
    scope: new RunQueue<Computation>(world.clock, { max: limits.scopeRunsMax, perTurn }, (computation) =>
      computation.run(),
    ),
  };
  const share = new ComputationShare({ world, engine, pool, limits, readers, figures }, queues);
  const stopFollowing = engine.onCommit(({ version, writes }) => {
    const written = new Set<Computation>();
    for (const write of writes) matchWrite(readers, engine.schema, write, (found) => written.add(found));
    for (const computation of written) computation.onWritten(version);
  });
  const stopReloads = pool.onReload(() => share.forEach((computation) => computation.onReload()));
  return {
    subscribe: (call, onResult) => {
      const since = engine.durableVersion;
      const subscriber: Subscriber = { identity: call.identity, onResult, seen: undefined, since };
      share.add(call, subscriber);
      return {
        isCleanAt: (version) => {
          const computation = share.find(subscriber);
          // One that has just joined has not been told yet what others know.
          return computation !== undefined && computation.result === subscriber.seen && computation.isCleanAt(version);
        },
        close: () => share.remove(subscriber),
      };
    },
    counts: () => ({ computations: share.size, readRanges: readers.size }),
    figures,
    state: () => ({
      subscribers: share.subscriberCount,
      waitingRuns: queues.query.waitingCount + queues.scope.waitingCount,
      runningRuns: queues.query.runningCount + queues.scope.runningCount,
    }),
    close: () => {
      stopFollowing();
      stopReloads();
      share.forEach((computation) => share.end(computation));
    },
  };
}
