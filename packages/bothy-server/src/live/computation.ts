import { hexOfBytes, isBothyError } from "bothy/internal";
import type { KeyRange, RangeIndex, Version, WireIdentity } from "bothy/internal";
import { reportFault } from "../base/index.ts";
import type { World } from "../base/index.ts";
import type { Engine, Reservation } from "../engine/index.ts";
import type { LiveFigures } from "./live-figures.ts";
import type { LiveLimits } from "./limits.ts";
import type { LiveCall, LiveOutcome, LivePool, LiveResult } from "./live-pool.ts";

/** Whoever wants to know a function's result. */
export interface Subscriber {
  readonly identity: WireIdentity | null;
  readonly onResult: (result: LiveResult) => void;
  /** The last result that it was told. */
  seen: LiveResult | undefined;
  /** What it is told holds at this version or a later one: it may have heard of all that was durable when it came. */
  since: Version;
}

export interface ComputationParts {
  readonly world: World;
  readonly engine: Engine;
  readonly pool: LivePool;
  readonly limits: LiveLimits;
  readonly figures: LiveFigures;
  /** Read sets of all computations. */
  readonly readers: RangeIndex<Computation>;
}

/** What its owner decides. */
export interface ComputationOwner {
  /** It is to be run as soon as its turn comes. */
  onStale(computation: Computation): void;
  /** A run ended; tells whether the function asked who is calling. Called before anybody sees the result. */
  onRun(computation: Computation, hasReadIdentity: boolean): void;
}

interface Run {
  readonly result: LiveResult;
  /** The only identity that the result is for; undefined: everybody's. */
  readonly identity: string | undefined;
  /** The result is that of every version from its snapshot up to, not including, this one. */
  staleSince: Version;
  /** The moment from which on the result says nothing any more, milliseconds since 1970. */
  readonly dueMs: number;
}

/** One function with its arguments, run again whenever a commit writes into what it read, for all of its subscribers. */
export class Computation {
  readonly call: LiveCall;
  readonly subscribers = new Set<Subscriber>();
  readonly #parts: ComputationParts;
  readonly #owner: ComputationOwner;
  /** The last run; its read set is watched. */
  #latest: Run | undefined;
  /** The last run whose snapshot is durable: what subscribers have seen. */
  #delivered: Run | undefined;
  /** What it read last. */
  #reads: readonly KeyRange[] = [];
  #stopWatching: readonly (() => void)[] = [];
  /** Results in a row that were stale when they became known. */
  #overtaken = 0;
  /** Holds back commits into what it reads, so that its next result can be acted upon. */
  #reservation: Reservation | undefined;
  #isRunning = false;
  #isReloaded = false;
  #retryMs: number;
  #cancelRetry: (() => void) | undefined;
  #cancelDue: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: ComputationParts, owner: ComputationOwner, call: LiveCall) {
    this.#parts = parts;
    this.#owner = owner;
    this.call = call;
    this.#retryMs = parts.limits.retryMs;
  }

  get result(): LiveResult | undefined {
    return this.#delivered?.result;
  }

  /**
   * Tells a subscriber the result that the others have seen, if it is theirs too and they have not seen it yet. One that was
   * stale before they came is kept from them: the next run is on its way.
   */
  tell(subscriber: Subscriber): void {
    const run = this.#delivered;
    if (run === undefined || subscriber.seen === run.result || run.staleSince <= subscriber.since) return;
    if (run.identity !== undefined && run.identity !== nameOfIdentity(subscriber.identity)) return;
    subscriber.seen = run.result;
    subscriber.since = Math.max(subscriber.since, run.result.snapshot);
    subscriber.onResult(run.result);
  }

  /** True when what subscribers have seen is the function's result at this version too. */
  isCleanAt(version: Version): boolean {
    const run = this.#delivered;
    if (run === undefined || run.result.snapshot > version || version >= run.staleSince) return false;
    if (run.dueMs === Infinity || this.#parts.world.clock.nowMs() < run.dueMs) return true;
    // The clock was set ahead, and what waits for the moment has not noticed yet.
    this.#onDue();
    return false;
  }

  /** A commit wrote into the read set. Called inside the commit, so that nothing newer leaves before it is known. */
  onWritten(version: Version): void {
    const run = this.#latest;
    if (run === undefined || run.staleSince !== Infinity) return;
    run.staleSince = version;
    this.#parts.figures.invalidations++;
    if (!this.#isRunning) this.#owner.onStale(this);
  }

  /** The moment has come that the last run named: what it said is true of no version any more. */
  #onDue(): void {
    this.#cancelDue?.();
    this.#cancelDue = undefined;
    this.#parts.figures.dueRuns++;
    if (this.#latest) this.#latest.staleSince = 0;
    if (this.#delivered) this.#delivered.staleSince = 0;
    if (!this.#isRunning) this.#owner.onStale(this);
  }

  /** Other code may return something else at any version, so that nothing is clean until it has run. */
  onReload(): void {
    if (this.#latest) this.#latest.staleSince = 0;
    if (this.#delivered) this.#delivered.staleSince = 0;
    this.#isReloaded = true;
    this.#cancelRetry?.();
    if (!this.#isRunning) this.#owner.onStale(this);
  }

  /** Runs once, and sees to it that it is run again if what it read was written meanwhile. */
  async run(): Promise<void> {
    if (this.#isClosed || this.#isRunning) return;
    this.#isRunning = true;
    this.#isReloaded = false;
    this.#parts.figures.runs++;
    await this.#takeTurn();
    const startedAt = this.#parts.engine.version;
    const startedMs = this.#parts.world.clock.nowMs();
    const outcome = await this.#call(startedMs);
    this.#isRunning = false;
    if (this.#isClosed) return;
    if (outcome.kind === "unavailable" || this.#isReloaded) this.#endTurn();
    if (outcome.kind === "unavailable" || this.#isReloaded) {
      if (this.#isReloaded) this.#owner.onStale(this);
      else this.#retry();
      return;
    }
    const run = this.#finish(outcome, { startedAt, startedMs });
    this.#owner.onRun(this, run.identity !== undefined);
    if (this.#isEnded()) return;
    if (run.staleSince !== Infinity) this.#owner.onStale(this);
    if (mayPass(outcome, this.call)) this.#retry();
    else this.#retryMs = this.#parts.limits.retryMs;
    void this.#deliverOnceDurable(run);
  }

  /** Its owner may have ended it, because another computation does the same for its subscribers. */
  #isEnded(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
    this.#endTurn();
    this.#cancelRetry?.();
    this.#cancelDue?.();
    for (const stop of this.#stopWatching) stop();
    this.#stopWatching = [];
    this.subscribers.clear();
  }

  /**
   * Nothing newer than a write into what a scope read is told to its devices before it has run again. Where every group of
   * commits writes there, they would wait for ever: after some results that came too late it runs with its reads reserved.
   */
  async #takeTurn(): Promise<void> {
    const { engine, limits } = this.#parts;
    if (this.call.kind !== "scope" || this.#overtaken < limits.overtakenMax) return;
    this.#endTurn();
    this.#reservation = engine.reserve({
      snapshot: this.#latest?.result.snapshot ?? 0,
      reads: this.#reads,
      writes: [],
    });
    await this.#reservation.turn();
  }

  #endTurn(): void {
    this.#reservation?.end();
    this.#reservation = undefined;
  }

  async #call(timeMs: number): Promise<LiveOutcome | { readonly kind: "unavailable" }> {
    const { world, pool } = this.#parts;
    try {
      return await pool.call(
        {
          ...this.call,
          timeMs,
          nonce: hexOfBytes(world.random.bytes(16)),
          deviceKey: hexOfBytes(world.random.bytes(32)),
        },
        { isFirst: this.call.kind === "scope", onLost: () => this.#endTurn() },
      );
    } catch (error) {
      // Overload or a process that ended by another's fault: nothing is known about this function, so nothing is said.
      this.#parts.figures.unavailableRuns++;
      const code = isBothyError(error) ? error.code : "internal";
      const where = { function: this.call.name };
      world.log.warn("A subscribed function could not be run and is tried again.", { ...where, code });
      if (code === "internal") reportFault(world, "The function pool failed.", { error, ...where });
      return { kind: "unavailable" };
    }
  }

  #finish(outcome: LiveOutcome, started: { readonly startedAt: Version; readonly startedMs: number }): Run {
    const { engine, readers, limits } = this.#parts;
    for (const stop of this.#stopWatching) stop();
    const reads = "reads" in outcome ? outcome.reads : [];
    this.#reads = reads;
    this.#stopWatching = reads.map((range) => readers.add(range, this));
    const result = resultOf(outcome, started.startedAt);
    const identity = mayHaveReadIdentity(outcome) ? nameOfIdentity(this.call.identity) : undefined;
    // Commits between the snapshot and this moment were not matched against these reads: they are looked up.
    const isClean = reads.every((range) => engine.isUnchangedSince(range, result.snapshot));
    const until = outcome.kind === "returned" ? (outcome.until ?? Infinity) : Infinity;
    const dueMs = Math.max(until, started.startedMs + limits.untilMs);
    this.#latest = { result, identity, staleSince: isClean ? Infinity : result.snapshot + 1, dueMs };
    this.#awaitDue(dueMs);
    return this.#latest;
  }

  async #deliverOnceDurable(run: Run): Promise<void> {
    await this.#parts.engine.whenDurable(run.result.snapshot);
    if (this.#isClosed || (this.#delivered && this.#delivered.result.snapshot > run.result.snapshot)) return;
    this.#delivered = run;
    this.#overtaken = this.isCleanAt(this.#parts.engine.durableVersion) ? 0 : this.#overtaken + 1;
    const reservation = this.#reservation;
    // Those who are told act a moment later; its end after that harms no later one.
    if (reservation) this.#parts.world.clock.after(this.#parts.limits.actMs, () => reservation.end());
    for (const subscriber of [...this.subscribers]) this.tell(subscriber);
  }

  #awaitDue(dueMs: number): void {
    const { clock } = this.#parts.world;
    this.#cancelDue?.();
    this.#cancelDue = undefined;
    if (dueMs === Infinity) return;
    const waitMs = Math.min(dueMs - clock.nowMs(), this.#parts.limits.untilPollMs);
    this.#cancelDue = clock.after(Math.max(waitMs, 0), () => {
      if (clock.nowMs() < dueMs) this.#awaitDue(dueMs);
      else this.#onDue();
    });
  }

  #retry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#parts.world.clock.after(this.#retryMs, () => this.#owner.onStale(this));
    this.#retryMs = Math.min(2 * this.#retryMs, this.#parts.limits.retryMsMax);
  }
}

function resultOf(outcome: LiveOutcome, startedAt: Version): LiveResult {
  switch (outcome.kind) {
    case "returned":
      return { kind: "returned", snapshot: outcome.snapshot, value: outcome.value, ranges: outcome.ranges ?? [] };
    case "threw":
      return { kind: "failed", snapshot: outcome.snapshot, error: outcome.error };
    case "refused":
    case "exceeded":
      // It did not get so far as to read: it failed as of the moment at which it was called.
      return { kind: "failed", snapshot: startedAt, error: outcome.error };
  }
}

/** Another run may go otherwise though nothing was written: it met a limit, or it is a scope that looked at the time. */
function mayPass(outcome: LiveOutcome, { kind }: LiveCall): boolean {
  return outcome.kind === "exceeded" || (outcome.kind === "threw" && kind === "scope" && outcome.hasReadTime === true);
}

function mayHaveReadIdentity(outcome: LiveOutcome): boolean {
  // Of a run that came to no end nobody knows what it read; a function that is refused has read nothing.
  return outcome.kind === "exceeded" || (outcome.kind !== "refused" && outcome.hasReadIdentity);
}

/** Tells identities apart; nobody is one of them. */
export function nameOfIdentity(identity: WireIdentity | null): string {
  return identity === null ? "" : identity.tokenIdentifier;
}
