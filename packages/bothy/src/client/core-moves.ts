import { BothyError } from "../errors/index.ts";
import type { Outcome, WireIdentity } from "../protocol/index.ts";
import { createBase, type BaseState, type Changed, type Effect } from "./base-state.ts";
import { rememberOutcomes, settleCaller } from "./callers.ts";
import type { CoreParts } from "./core-parts.ts";
import { firstState, type Hydrated } from "./hydrate.ts";
import type { PendingMutation, Rebase, ShownChange } from "./overlay.ts";
import type { SyncState } from "./stored-rows.ts";

/** All that changes what a tab shows. */
export interface CoreMoves {
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
  /** Runs everything again: what could not be read when it was needed may be there now. */
  runAgain(): Promise<void>;
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

/** Makes the moves of a core; `evict` makes room in memory after each. */
export function createMoves(core: CoreParts, evict: () => void): CoreMoves {
  const { disk, identity, overlay, pending, queries, rejected, schema, serverPromises } = core;
  const outcomeByN = new Map<number, Outcome>();

  const show = async (change: ShownChange): Promise<void> => {
    await queries.refresh(change);
    pending.set(overlay.pending);
    evict();
  };
  const isSettled = ({ n }: PendingMutation): boolean => n !== undefined && n <= core.state.acked;

  /** Takes out what is acknowledged and tells its callers, once what is shown no longer needs it. `isAll`: every query runs again. */
  const rebase = async (next: Rebase, isAll = false): Promise<void> => {
    const all = next.pending ?? overlay.pending;
    const settled = all.filter(isSettled);
    const isApplied = ({ n }: PendingMutation): boolean => n !== undefined && outcomeByN.get(n)?.[1] === "applied";
    const applied = core.state.hasFailedScope ? settled.filter(isApplied).map(({ call }) => call) : undefined;
    const change = await overlay.rebase({ ...next, applied, pending: all.filter((one) => !isSettled(one)) });
    await show(isAll ? { ...change, changed: "all" } : change);
    for (const one of settled) settleCaller(serverPromises, one, outcomeByN, rejected.value);
  };
  /** Those of a list that are not among others. */
  const without = (list: readonly PendingMutation[], others: readonly PendingMutation[]): PendingMutation[] => {
    const known = new Set(others.map(({ call }) => call.nonce));
    return list.filter(({ call }) => !known.has(call.nonce));
  };

  return {
    show,
    async forget() {
      core.isHydrated = false;
      core.state = firstState;
      core.poke = 0;
      core.doubted = new Set();
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
    async adopt({ base, pending: found, poke, refused, segments, state }) {
      // Of what a dead leader has stored and not told: it may not have got as far as the list of what was refused.
      rememberOutcomes(outcomeByN, refused);
      core.isHydrated = true;
      core.state = state ?? firstState;
      core.poke = poke;
      const gone = overlay.pending.filter(isSettled);
      // This tab's own calls that are still on their way into the storage.
      const own = without(overlay.pending, found).filter(({ n }) => n === undefined);
      disk.adopt(segments);
      await rebase({ base: { state: base, changed: "all" }, pending: [...gone, ...found, ...own] });
    },
    async advance({ number: poke, base, effect, changed, state, outcomes }) {
      rememberOutcomes(outcomeByN, outcomes);
      core.state = state;
      core.poke = poke;
      disk.note(poke, effect);
      await rebase({ base: { state: base, changed } });
    },
    async addPending(added) {
      const fresh = without(added, overlay.pending);
      if (fresh.length > 0) await rebase({ pending: [...overlay.pending, ...fresh] });
    },
    async numberCall(nonce, n) {
      const hasMoved = overlay.number(new Map([[nonce, n]]));
      if (hasMoved || n <= core.state.acked) await rebase({});
      else pending.set(overlay.pending);
    },
    removeCall: (nonce) => rebase({ pending: overlay.pending.filter(({ call }) => call.nonce !== nonce) }),
    async doubt(tables) {
      const next = new Set(tables);
      if (next.size === core.doubted.size && tables.every((table) => core.doubted.has(table))) return;
      core.doubted = next;
      await rebase({}, true);
    },
    async setIdentity(next) {
      if (identity.value?.tokenIdentifier === next?.tokenIdentifier) return;
      identity.set(next);
      await rebase({ isFresh: true }, true);
    },
    runAgain: () => rebase({ isFresh: true }, true),
  };
}
