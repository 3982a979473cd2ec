import { assert, BothyError, schemaFromJson } from "bothy/internal";
import type { Schema, Version } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Commit, Engine } from "../engine/index.ts";
import { ChildSource } from "./child-source.ts";
import type { CallOptions, CallOutcome, FunctionCall, FunctionEntry, FunctionPool } from "./function-pool.ts";
import { FunctionProcess } from "./function-process.ts";
import type { PendingCall } from "./function-process.ts";
import { defaultPoolLimits, hotShareBytes, preparePauseMs } from "./limits.ts";
import type { PoolLimits } from "./limits.ts";
import { lineOf } from "./messages.ts";
import type { ReadyMessage } from "./messages.ts";
import { overloaded, refusal, shuttingDown } from "./outcomes.ts";
import { PoolFigures } from "./pool-figures.ts";
import type { PoolState } from "./pool-figures.ts";
import { ProcessGroup } from "./process-group.ts";

/** What a pool of function processes runs, and over which engine. */
export interface PoolOptions {
  readonly world: World;
  readonly engine: Engine;
  readonly bundlePath: string;
  /** Processes that take calls; once one has ended, a spare is kept warm beside them. */
  readonly processes: number;
  /** Bundles are loaded again and again: a process is kept prepared for the next one. */
  readonly isReloading?: boolean;
  /** Where processes come from, if some have been prepared; closed with the pool. */
  readonly children?: ChildSource;
  readonly limits?: Partial<PoolLimits>;
}

/** A pool of processes, with what it has counted. */
export interface RunningPool extends FunctionPool {
  readonly figures: PoolFigures;
  state(): PoolState;
  /** Starts processes with another bundle and gives them no calls yet. Fails with `build_failed`. */
  prepare(bundlePath: string): Promise<PreparedFunctions>;
}

/**
 * What becomes of the calls under way in the functions before. `drain`: they finish there. `hand over`: they begin anew in
 * the new ones, because what they read and write is of another schema.
 */
export type TakeHow = "drain" | "hand over";

/** Functions that are loaded and are given no calls yet. */
export interface PreparedFunctions {
  readonly schema: Schema;
  readonly schemaHash: string;
  readonly functions: readonly FunctionEntry[];
  /** By table, what its author said of how it changed. */
  readonly lenses: ReadyMessage["lenses"];
  /** From now on calls are given to these. */
  take(how: TakeHow): void;
  discard(): void;
}

/** Starts function processes with a bundle; resolves once calls can be made, fails with `build_failed`. */
export async function openFunctionPool(options: PoolOptions): Promise<RunningPool> {
  const pool = new Pool(options);
  try {
    await pool.load(options.bundlePath);
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

class Pool implements RunningPool {
  readonly figures: PoolFigures = new PoolFigures();
  readonly #options: PoolOptions;
  readonly #limits: PoolLimits;
  readonly #waiting: PendingCall[] = [];
  /** Their process ended under them: they run alone, before all others. */
  readonly #suspects: PendingCall[] = [];
  readonly #children: ChildSource;
  readonly #reloadListeners = new Set<() => void>();
  readonly #stops: (() => void)[];
  #cancelPrepare: (() => void) | undefined;
  /** The group that takes calls, and those that finish theirs. */
  readonly #groups = new Set<ProcessGroup>();
  #current: ProcessGroup | undefined;
  #functions: ReadonlyMap<string, FunctionEntry> = new Map();
  #schemaHash: string | undefined;
  #loading: Promise<unknown> = Promise.resolve();
  #lastId = 0;
  #lastWatchMs: number;
  /** The last commit that the processes were told. */
  #followed: Version;
  #onClosed: (() => void) | undefined;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#limits = { ...defaultPoolLimits, ...options.limits };
    this.#children = options.children ?? new ChildSource(options.world, options.processes, this.#limits);
    this.#lastWatchMs = options.world.clock.monotonicMs();
    this.#followed = options.engine.version;
    this.#stops = [options.engine.onCommit((commit) => this.#follow(commit)), this.#startWatch()];
  }

  get functions(): ReadonlyMap<string, FunctionEntry> {
    return this.#functions;
  }

  call(call: FunctionCall, { isFirst = false, onLost }: CallOptions = {}): Promise<CallOutcome> {
    const refused = refusal(call, this.#functions);
    if (refused) return Promise.resolve(refused);
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(shuttingDown());
      // A process is told a commit before any call that is to see it: the pool listens before whoever calls out of a listener.
      assert(this.#options.engine.version <= this.#followed, "the pool hears of commits before those who call it");
      const { waitingCallsMax } = this.#limits;
      if (this.#waiting.length >= waitingCallsMax) {
        this.figures.overloadedCalls++;
        return reject(overloaded(`${waitingCallsMax} are waiting.`));
      }
      const queuedMs = this.#options.world.clock.monotonicMs();
      const pending: PendingCall = { id: ++this.#lastId, call, queuedMs, resolve, reject, onLost, isFirst };
      // In order among themselves: those who came first are not overtaken by those who come now.
      const end = isFirst ? this.#waiting.findIndex((one) => !one.isFirst) : -1;
      this.#waiting.splice(end < 0 ? this.#waiting.length : end, 0, pending);
      this.#dispatch();
    });
  }

  load(bundlePath: string): Promise<void> {
    // One after the other: the last one asked for is the last one loaded.
    const loaded = this.#loading.then(() => this.#load(bundlePath));
    this.#loading = loaded.catch(() => undefined);
    return loaded;
  }

  async prepare(bundlePath: string): Promise<PreparedFunctions> {
    if (this.#isClosed) throw shuttingDown();
    const group = this.#createGroup(bundlePath);
    this.#groups.add(group);
    const ready = await group.start();
    if (this.#isClosed) throw shuttingDown();
    return {
      schema: schemaFromJson(ready.schema),
      schemaHash: ready.schemaHash,
      functions: ready.functions,
      lenses: ready.lenses,
      take: (how) => this.#take(group, ready, how),
      discard: () => group.close(),
    };
  }

  onReload(listener: () => void): () => void {
    this.#reloadListeners.add(listener);
    return () => this.#reloadListeners.delete(listener);
  }

  state(): PoolState {
    const processes = [...this.#groups].flatMap((group) => [...group.roles()]);
    return {
      waitingCalls: this.#waiting.length + this.#suspects.length,
      runningCalls: processes.reduce((sum, [{ pendingCount }]) => sum + pendingCount, 0),
      processes: processes.map(([{ residentBytes, hotBytes }, role]) => ({ role, residentBytes, hotBytes })),
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    this.#cancelPrepare?.();
    const prepared = this.#children.close();
    for (const pending of this.#waiting.splice(0)) pending.reject(shuttingDown());
    for (const pending of this.#suspects.splice(0)) pending.reject(shuttingDown());
    await this.#closeGroups();
    await prepared;
  }

  async #closeGroups(): Promise<void> {
    if (this.#groups.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      for (const group of this.#groups) group.close();
    });
  }

  async #load(bundlePath: string): Promise<void> {
    const prepared = await this.prepare(bundlePath);
    if (this.#schemaHash === undefined || prepared.schemaHash === this.#schemaHash) return prepared.take("drain");
    prepared.discard();
    throw schemaChanged();
  }

  #take(group: ProcessGroup, { functions, schemaHash }: ReadyMessage, how: TakeHow): void {
    if (this.#isClosed) return;
    const isFirst = this.#schemaHash === undefined;
    this.#schemaHash = schemaHash;
    this.#functions = new Map(functions.map((entry) => [entry.name, entry]));
    if (how === "hand over") this.#handOver([...this.#groups].filter((other) => other !== group));
    else this.#current?.drain();
    this.#current = group;
    this.#dispatch();
    if (this.#options.isReloading === true) this.#prepareSoon();
    if (!isFirst) for (const listener of this.#reloadListeners) listener();
  }

  /** What is under way in other groups begins anew in the next: before those that wait, and suspects among themselves. */
  #handOver(groups: readonly ProcessGroup[]): void {
    const handed = groups.flatMap((group) => group.handOver());
    for (const { pending } of handed) pending.onLost?.();
    const callsOf = (areSuspects: boolean): PendingCall[] =>
      handed.filter(({ isSuspect }) => isSuspect === areSuspects).map(({ pending }) => pending);
    this.#waiting.unshift(...callsOf(false));
    this.#suspects.unshift(...callsOf(true));
  }

  #prepareSoon(): void {
    this.#cancelPrepare?.();
    this.#cancelPrepare = this.#options.world.clock.after(preparePauseMs, () => this.#children.prepare());
  }

  #createGroup(bundlePath: string): ProcessGroup {
    const { world, engine, processes } = this.#options;
    const limits = this.#limits;
    const group: ProcessGroup = new ProcessGroup({
      clock: world.clock,
      log: world.log,
      limits,
      workers: processes,
      spawn: (owner) =>
        new FunctionProcess(
          { world, engine, limits, child: this.#children.take(), bundlePath, figures: this.figures },
          owner,
        ),
      onSuspect: (pending) => this.#onSuspect(pending),
      onFree: () => this.#dispatch(),
      onCount: () => this.#shareHot(),
      onFailing: (cause) => this.#failWaiting(cause),
      onLost: ({ reason }) => void this.figures.processEnds[reason]++,
      onClosed: () => {
        this.#groups.delete(group);
        if (this.#groups.size === 0) this.#onClosed?.();
      },
    });
    return group;
  }

  /** One budget for the hot rows of all processes there are: workers, spares and those of the bundle before. */
  #shareHot(): void {
    const processes = [...this.#groups].flatMap((group) => [...group.processes()]);
    const budgetBytes = hotShareBytes(this.#limits.hotBytes, this.#options.processes, processes.length);
    for (const process of processes) process.setHotBudget(budgetBytes);
  }

  #onSuspect(pending: PendingCall): void {
    pending.onLost?.();
    if (this.#isClosed) return pending.reject(shuttingDown());
    this.figures.suspectCalls++;
    this.#suspects.push(pending);
    this.#dispatch();
  }

  #failWaiting(cause: string): void {
    for (const pending of this.#waiting.splice(0)) pending.reject(overloaded(`their processes do not start: ${cause}`));
    for (const pending of this.#suspects.splice(0))
      pending.reject(overloaded(`their processes do not start: ${cause}`));
  }

  #dispatch(): void {
    const group = this.#current;
    if (group === undefined) return;
    shiftWhile(
      this.#suspects,
      (pending) => this.#giveUpMissing(pending) || given(pending, () => group.takeAlone(pending)),
    );
    shiftWhile(this.#waiting, (pending) => this.#giveUpMissing(pending) || given(pending, () => group.take(pending)));
  }

  /** A bundle loaded meanwhile may not have the function any more. */
  #giveUpMissing(pending: PendingCall): boolean {
    const refused = refusal(pending.call, this.#functions);
    if (refused) pending.resolve(refused);
    return refused !== undefined;
  }

  #follow(commit: Commit): void {
    this.#followed = commit.version;
    let text: string | undefined;
    const line = (): string => (text ??= commitLine(commit));
    for (const group of this.#groups) for (const process of group.processes()) process.follow(commit, line);
  }

  #startWatch(): () => void {
    const { clock } = this.#options.world;
    let cancel = (): void => {};
    const watch = (): void => {
      const nowMs = clock.monotonicMs();
      // After a pause of the server itself, what the processes said meanwhile has not been read yet.
      const hasListened = nowMs - this.#lastWatchMs < 3 * this.#limits.pollMs;
      this.#lastWatchMs = nowMs;
      if (hasListened) for (const group of this.#groups) for (const process of group.processes()) process.watch(nowMs);
      cancel = clock.after(this.#limits.pollMs, watch);
    };
    cancel = clock.after(this.#limits.pollMs, watch);
    return () => cancel();
  }
}

function commitLine({ version, writes }: Commit): string {
  const told = writes.map(({ table, id, text, after }) => ({ table, id, text, after }));
  return lineOf({ type: "commit", version, writes: told });
}

/** A call that cannot be given to any process, whatever is wrong with it, fails alone: none waits behind it. */
function given(pending: PendingCall, give: () => boolean): boolean {
  try {
    return give();
  } catch (error) {
    pending.reject(error);
    return true;
  }
}

/** Takes from the front what `take` accepts, up to the first that it does not. */
function shiftWhile<Item>(items: Item[], take: (item: Item) => boolean): void {
  let taken = 0;
  for (const item of items) {
    if (!take(item)) break;
    taken++;
  }
  items.splice(0, taken);
}

function schemaChanged(): BothyError {
  return new BothyError("schema_mismatch", {
    message: "The new functions were built with another schema than the database is open with.",
    fix: "Start the server again: it brings the database to the new schema.",
  });
}
