import { isBothyError, toWireError } from "bothy/internal";
import type { Version } from "bothy/internal";
import { runInTurn } from "../engine/index.ts";
import type {
  CommitFootprint,
  CommitOutcome,
  DocumentWrite,
  Engine,
  RecordWrite,
  Reservation,
} from "../engine/index.ts";
import type { CallOutcome, FunctionCall, FunctionPool } from "./function-pool.ts";

/** A call of the pool, over the engine that its effects go to. */
export interface RunCall {
  readonly engine: Pick<Engine, "commit" | "reserve" | "version" | "whenDurable">;
  readonly pool: Pick<FunctionPool, "call">;
  readonly call: FunctionCall;
}

/** A mutation, with what is committed beside its documents. */
export interface RunMutation extends RunCall {
  /** Records to be written in the same commit, whatever the outcome is: a refusal is a commit too. */
  readonly records?: (outcome: CallOutcome) => readonly RecordWrite[];
  /** Evaluated in the step that commits; false: the mutation is not to be committed any more, and `contention` is thrown. */
  readonly guard?: () => boolean;
}

/**
 * Runs a mutation until it commits: at a new snapshot after each conflict, in turn with those that it met. Whatever the
 * outcome, what it read is validated and its records are written; documents only if it returned. The version is not
 * durable yet.
 */
export async function runMutation(run: RunMutation): Promise<Committed> {
  const { engine, pool, call } = run;
  const { run: taken, version } = await runInTurn<Taken>({
    engine,
    name: call.name,
    // In its turn it goes first, and what it reserved is not held for a process that has ended.
    run: async (reservation) => ({
      outcome: await pool.call(
        call,
        reservation === undefined ? undefined : { isFirst: true, onLost: reservation.end },
      ),
    }),
    footprintOf: ({ outcome }) => footprintOf(engine, outcome),
    commit: (taken, reservation) => {
      const committed = commitUnlessExists(run, taken, reservation);
      // Whatever it met: it is not to be committed any more.
      return committed.kind !== "committed" && run.guard?.() === false ? { kind: "conflict" } : committed;
    },
  });
  return { outcome: taken.outcome, version };
}

interface Committed {
  readonly outcome: CallOutcome;
  readonly version: Version;
}

/** A run of the call, with what it came to. */
interface Taken {
  outcome: CallOutcome;
}

function footprintOf(engine: Pick<Engine, "version">, outcome: CallOutcome): CommitFootprint {
  const hasRun = outcome.kind === "returned" || outcome.kind === "threw";
  const snapshot = hasRun ? outcome.snapshot : engine.version;
  return {
    snapshot,
    reads: hasRun ? outcome.reads : [],
    writes: outcome.kind === "returned" ? outcome.writes : noWrites,
  };
}

/** What a commit refuses because of the call itself: another run would come to the same. */
const faultsOfCall: ReadonlySet<string> = new Set(["document_exists", "transaction_too_large"]);

/** An insert of a document that is there is the call's own failure, and so is a commit that is too large. */
function commitUnlessExists(run: RunMutation, taken: Taken, reservation: Reservation | undefined): CommitOutcome {
  const { outcome } = taken;
  try {
    return commitOutcome(run, outcome, reservation);
  } catch (error) {
    if (!isBothyError(error) || !faultsOfCall.has(error.code) || outcome.kind !== "returned") throw error;
    const { snapshot, reads, hasReadIdentity } = outcome;
    taken.outcome = { kind: "threw", snapshot, reads, hasReadIdentity, error: toWireError(error) };
    return commitOutcome(run, taken.outcome, reservation);
  }
}

function commitOutcome(
  { engine, records, guard }: RunMutation,
  outcome: CallOutcome,
  reservation: Reservation | undefined,
): CommitOutcome {
  return engine.commit({
    ...footprintOf(engine, outcome),
    records: records?.(outcome) ?? [],
    ...(guard === undefined ? {} : { guard }),
    ...(reservation === undefined ? {} : { reservation }),
  });
}

const noWrites: readonly DocumentWrite[] = [];

/** Runs a query or a scope; resolves once everything that it has seen is durable. */
export async function runQuery({ engine, pool, call }: RunCall): Promise<CallOutcome> {
  const outcome = await pool.call(call);
  if (outcome.kind === "returned" || outcome.kind === "threw") await engine.whenDurable(outcome.snapshot);
  return outcome;
}
