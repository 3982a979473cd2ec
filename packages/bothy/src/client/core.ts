import { BothyError } from "../errors/index.ts";
import type { ClientWorld } from "../base/index.ts";
import { createCallSource } from "../functions/index.ts";
import { callsOf, groupName, type Outcome, type WireIdentity } from "../protocol/index.ts";
import type { HeldRanges } from "../ranges/index.ts";
import type { StoredRow } from "../storage/index.ts";
import { schemaHash, type Schema } from "../schema/index.ts";
import { bytesOfHex, readValue } from "../values/index.ts";
import { createBase, type BaseState, type Changed, type Effect } from "./base-state.ts";
import { rememberOutcomes, settleCaller, type ServerPromise } from "./callers.ts";
import { createDiskRows, type DiskRows } from "./disk-rows.ts";
import { firstState, type Hydrated } from "./hydrate.ts";
import {
  createLiveQueries,
  loadingResult,
  type Evaluation,
  type LiveQueries,
  type LiveQueriesOptions,
  type QueryCall,
} from "./live-queries.ts";
import { createObservable, type Observable } from "./observable.ts";
import { createOverlay, type Overlay, type PendingMutation, type Rebase, type ShownChange } from "./overlay.ts";
import { emptyRun, runCall, type CallRun, type LocalCall, type LocalPart, type RunPlace } from "./run-call.ts";
import { sharedFunctionsOf, type ClientApp, type SharedFunction } from "./shared-functions.ts";
import { createSerial, type Serial } from "./serial.ts";
import { storedFormat, type RejectedCall, type Stamped, type SyncState } from "./stored-rows.ts";

/** How many rows are put into the order of an index at a time: about a millisecond. */
const preparedRows = 1_000;

/** A query that has to read more segments than this is run behind all that waits. */
const manySegments = 16;

/** How long a query that nobody watches keeps its result. */
const lingerMs = 5_000;

/** What a tab shows, and all that changes it; the same for a leader and for the others. Changes run through `serial`. */
export interface Core {
  readonly world: ClientWorld;
  readonly schema: Schema;
  readonly stamp: Stamped;
  readonly serial: Serial;
  readonly overlay: Overlay;
  readonly disk: DiskRows;
  readonly queries: LiveQueries;
  readonly functions: ReadonlyMap<string, SharedFunction>;
  readonly serverPromises: Map<string, ServerPromise>;
  readonly pending: Observable<readonly PendingMutation[]>;
  readonly rejected: Observable<readonly RejectedCall[]>;
  readonly identity: Observable<WireIdentity | null>;
  readonly isHydrated: boolean;
  readonly state: SyncState;
  /** Number of the last poke that is shown. */
  readonly poke: number;
  /** The device's key; known before anything runs. */
  setDeviceKey(key: string): void;
  /** What the deployment's clock is ahead of this device's. */
  readonly clockOffsetMs: number;
  setClockOffset(offsetMs: number): void;
  /** The deployment's time, as far as it is known. */
  nowMs(): number;
  /** Nothing that is read from these tables counts as complete from now on. */
  doubt(tables: readonly string[]): Promise<void>;
  /** Forgets everything of the user: what is shown, what waits, and who was signed in. */
  forget(): Promise<void>;
  /** Puts what was found in the storage in place of what is shown. */
  adopt(found: Hydrated): Promise<void>;
  /** Moves the base by a poke, with the mutations that it acknowledges, in one step. */
  advance(step: PokeStep): Promise<void>;
  /** Adds a mutation of another tab, or one found in the storage. */
  addPending(added: readonly PendingMutation[]): Promise<void>;
  /** Gives a stored mutation of this tab its number. */
  numberCall(nonce: string, n: number): Promise<void>;
  /** Takes back a mutation that could not be stored. */
  removeCall(nonce: string): Promise<void>;
  /** Shows a change and tells what is pending. */
  show(change: ShownChange): Promise<void>;
  setIdentity(identity: WireIdentity | null): Promise<void>;
}

/** One poke as every tab applies it. */
export interface PokeStep {
  readonly number: number;
  readonly base: BaseState;
  readonly effect: Effect;
  readonly changed: Changed;
  readonly state: SyncState;
  readonly outcomes: readonly Outcome[];
}

/** What a core reads of its storage by itself. */
export interface CoreStorage {
  readonly readSegment: (number: number) => Promise<StoredRow>;
  /** How much text of rows is kept in memory. */
  readonly budgetBytes: number;
  /** Segments could not be read; what needs them shows what it has shown. */
  readonly onUnreadable: (error: unknown) => void;
}

/** Who hears of queries that come and go. */
export type QueryListener = Pick<LiveQueriesOptions, "onNew" | "onWatched">;

/** Makes the core of a tab that has not read its storage yet. */
export function createCore(
  world: ClientWorld,
  app: ClientApp,
  { storage, ...queryListener }: QueryListener & { readonly storage: CoreStorage },
): Core {
  const { schema } = app;
  const stamp: Stamped = { format: storedFormat, schema: schemaHash(schema) };
  const functions = sharedFunctionsOf(app);
  const serial = createSerial();
  const serverPromises = new Map<string, ServerPromise>();
  const outcomeByN = new Map<number, Outcome>();
  const pending = createObservable<readonly PendingMutation[]>([]);
  const rejected = createObservable<readonly RejectedCall[]>([]);
  const identity = createObservable<WireIdentity | null>(null);
  let deviceKey = new Uint8Array();
  let offsetMs = 0;
  let isHydrated = false;
  let state = firstState;
  let poke = 0;
  let doubted: ReadonlySet<string> = new Set();

  const disk = createDiskRows({
    schema,
    clock: world.clock,
    budgetBytes: storage.budgetBytes,
    read: storage.readSegment,
    fill: (table, rows) => overlay.fill(table, rows),
    prepare: (table, position) => overlay.base.held.prepare(table, position, preparedRows),
    has: (table, id) => overlay.base.held.get(table, id) !== undefined,
    rowsOf: (table) => overlay.base.held.rows(table),
    remove: (table, id) => overlay.drop(table, id),
  });
  // Large queries that have let others go first.
  const postponed = new Set<string>();

  const run = async (
    rows: HeldRanges,
    call: Pick<LocalCall, "timeMs" | "isGroup"> & { parts: readonly Omit<LocalPart, "registered">[]; seed: string },
    hasTime: (lackCount: number) => boolean = () => true,
  ): Promise<CallRun> => {
    const parts = call.parts.flatMap((part) => {
      const registered = functions.get(part.name)?.registered;
      return registered ? [{ ...part, registered }] : [];
    });
    // A group is run whole or not at all.
    if (parts.length < call.parts.length) return emptyRun;
    for (let round = 0; ; round++) {
      const lacking: NonNullable<RunPlace["lacking"]> = (read, found) => disk.lacking(read, found, round);
      const local = { ...call, parts, identity: identity.value, source: createCallSource(deviceKey, call.seed) };
      const ran = await runCall(local, rows, { schema, clock: world.clock, lacking });
      const made = { ...ran, isComplete: ran.isComplete && !ran.reads.some(({ table }) => doubted.has(table)) };
      if (made.lacks.length === 0 || !hasTime(made.lacks.length)) return made;
      try {
        // They come into the very rows that this reads.
        await disk.load(made.lacks);
      } catch (error) {
        storage.onUnreadable(error);
        return made;
      }
    }
  };
  const overlay = createOverlay(
    schema,
    async (rows, call) => {
      const parts = callsOf(call).map(([name, version, args]) => ({ name, version, args: readValue(args) }));
      return run(rows, { parts, isGroup: call.name === groupName, timeMs: call.time, seed: call.nonce });
    },
    () => state.applied ?? 0,
  );
  const evaluate = async ({ key, name, args }: QueryCall, isNew: boolean): Promise<Evaluation | undefined> => {
    if (!functions.has(name)) return undefined;
    if (!isHydrated) return { result: loadingResult, reads: [] };
    // One that shows something already moves together with all others.
    const isPatient = !isNew || postponed.has(key);
    const hasTime = (count: number): boolean => isPatient || count <= manySegments;
    const call = { parts: [{ name, args }], isGroup: false, timeMs: nowMs(), seed: key };
    const made = await run(overlay.shown, call, hasTime);
    if (made.lacks.length === 0) {
      postponed.delete(key);
      return evaluationOf(made, state.server !== "");
    }
    if (!hasTime(made.lacks.length)) {
      postponed.add(key);
      void serial.run(() => queries.run(key));
    }
    // What it has shown stays.
    return undefined;
  };
  const linger = (forget: () => void): void => {
    world.clock.after(lingerMs, () => {
      forget();
      evict();
    });
  };
  const queries = createLiveQueries({ schema, evaluate, linger, ...queryListener });
  const nowMs = (): number => world.clock.nowMs() + offsetMs;
  const evict = (): void => disk.evict(() => [...queries.reads(), ...overlay.reads()]);

  const show = async (change: ShownChange): Promise<void> => {
    await queries.refresh(change);
    pending.set(overlay.pending);
    evict();
  };

  const isSettled = ({ n }: PendingMutation): boolean => n !== undefined && n <= state.acked;

  /** Takes out what is acknowledged and tells its callers, once what is shown no longer needs it. */
  const rebase = async (next: Rebase): Promise<void> => {
    const all = next.pending ?? overlay.pending;
    const settled = all.filter(isSettled);
    const isApplied = ({ n }: PendingMutation): boolean => n !== undefined && outcomeByN.get(n)?.[1] === "applied";
    const applied = state.hasFailedScope ? settled.filter(isApplied).map(({ call }) => call) : undefined;
    await show(await overlay.rebase({ ...next, applied, pending: all.filter((one) => !isSettled(one)) }));
    for (const one of settled) settleCaller(serverPromises, one, outcomeByN, rejected.value);
  };

  return {
    world,
    schema,
    stamp,
    serial,
    overlay,
    disk,
    queries,
    functions,
    serverPromises,
    pending,
    rejected,
    identity,
    get isHydrated() {
      return isHydrated;
    },
    get clockOffsetMs() {
      return offsetMs;
    },
    get state() {
      return state;
    },
    get poke() {
      return poke;
    },
    setDeviceKey: (key) => void (deviceKey = bytesOfHex(key)),
    setClockOffset: (offset) => void (offsetMs = offset),
    nowMs,
    async forget() {
      isHydrated = false;
      state = firstState;
      poke = 0;
      doubted = new Set();
      postponed.clear();
      outcomeByN.clear();
      const signedOut = new BothyError("signed_out", { message: "Another user is signed in now." });
      for (const { reject } of serverPromises.values()) reject(signedOut);
      serverPromises.clear();
      identity.set(null);
      rejected.set([]);
      disk.adopt({ directory: new Map(), changed: new Map(), hasMore: false });
      const change = await overlay.rebase({ base: { state: createBase(schema), changed: "all" }, pending: [] });
      queries.clear();
      await show(change);
    },
    async adopt(found) {
      isHydrated = true;
      state = found.state ?? firstState;
      poke = found.poke;
      const known = new Set(found.pending.map(({ call }) => call.nonce));
      // This tab's own calls that are still on their way into the storage.
      const own = overlay.pending.filter(({ n, call }) => n === undefined && !known.has(call.nonce));
      const gone = overlay.pending.filter((one) => isSettled(one));
      disk.adopt(found.segments);
      await rebase({ base: { state: found.base, changed: "all" }, pending: [...gone, ...found.pending, ...own] });
    },
    async advance(step) {
      rememberOutcomes(outcomeByN, step.outcomes);
      state = step.state;
      poke = step.number;
      disk.note(step.number, step.effect);
      await rebase({ base: { state: step.base, changed: step.changed } });
    },
    async addPending(added) {
      const known = new Set(overlay.pending.map(({ call }) => call.nonce));
      const fresh = added.filter(({ call }) => !known.has(call.nonce));
      if (fresh.length > 0) await rebase({ pending: [...overlay.pending, ...fresh] });
    },
    async numberCall(nonce, n) {
      const hasMoved = overlay.number(new Map([[nonce, n]]));
      if (hasMoved || n <= state.acked) await rebase({});
      else pending.set(overlay.pending);
    },
    async removeCall(nonce) {
      await rebase({ pending: overlay.pending.filter(({ call }) => call.nonce !== nonce) });
    },
    show,
    async doubt(tables) {
      const isSame = doubted.size === new Set([...doubted, ...tables]).size && tables.length >= doubted.size;
      if (isSame) return;
      doubted = new Set(tables);
      await show({ ...(await overlay.rebase({})), changed: "all" });
    },
    async setIdentity(next) {
      const before = identity.value;
      if (before?.tokenIdentifier === next?.tokenIdentifier) return;
      identity.set(next);
      await show({ ...(await overlay.rebase({ isFresh: true })), changed: "all" });
    },
  };
}

/** What a run of a query shows. Before the first poke a document that is not there says nothing. */
function evaluationOf({ outcome, isComplete: complete, reads }: CallRun, hasSynced: boolean): Evaluation {
  const isKnown = complete || hasSynced;
  if (outcome.kind === "returned") {
    return { result: { value: outcome.value, complete, status: isKnown ? "ok" : "loading" }, reads };
  }
  if (!isKnown) return { result: loadingResult, reads };
  return { result: { value: undefined, complete, status: "error", error: outcome.error }, reads };
}
