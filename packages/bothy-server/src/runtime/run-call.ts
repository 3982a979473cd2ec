import { BothyError, isBothyError, toWireError } from "bothy/internal";
import type { Version } from "bothy/internal";
import type { DocumentWrite, Engine, RecordWrite } from "../engine/index.ts";
import { inCrowd, isCrowded } from "./crowds.ts";
import type { CallOutcome, FunctionCall, FunctionPool } from "./function-pool.ts";
import { conflictsMax } from "./limits.ts";

/** A call of the pool, over the engine that its effects go to. */
export interface RunCall {
  readonly engine: Pick<Engine, "commit" | "version" | "whenDurable">;
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
 * Runs a mutation until it commits: at a new snapshot after each conflict. Whatever the outcome, what it read is
 * validated and its records are written; documents only if it returned. The version is not durable yet.
 */
export async function runMutation(run: RunMutation): Promise<Committed> {
  const { pool, call } = run;
  const isFirst = !isCrowded(pool, call);
  const committed = isFirst ? await runOnce(run) : undefined;
  if (committed !== undefined) return committed;
  // Only a guard that says no for good refuses a commit that has read nothing.
  if (isFirst && run.guard?.() === false) throw contention(call.name);
  return await inCrowd(pool, call, () => runUntilCommitted(run));
}

async function runUntilCommitted(run: RunMutation): Promise<Committed> {
  for (let attempt = 0; attempt < conflictsMax; attempt++) {
    const committed = await runOnce(run);
    if (committed !== undefined) return committed;
    if (run.guard?.() === false) break;
  }
  throw contention(run.call.name);
}

async function runOnce(run: RunMutation): Promise<Committed | undefined> {
  return commitUnlessExists(run, await run.pool.call(run.call));
}

function contention(name: string): BothyError {
  return new BothyError("contention", {
    message: `"${name}" met other writes ${conflictsMax} times in a row.`,
    fix: "Try again; let fewer calls write the same documents.",
  });
}

interface Committed {
  readonly outcome: CallOutcome;
  readonly version: Version;
}

/** What was committed, or nothing after a conflict. An insert of a document that is there is the call's own failure. */
function commitUnlessExists(run: RunMutation, outcome: CallOutcome): Committed | undefined {
  try {
    return commitOutcome(run, outcome);
  } catch (error) {
    if (!isBothyError(error) || error.code !== "document_exists" || outcome.kind !== "returned") throw error;
    const { snapshot, reads, hasReadIdentity } = outcome;
    return commitOutcome(run, { kind: "threw", snapshot, reads, hasReadIdentity, error: toWireError(error) });
  }
}

/** What was committed, or nothing after a conflict. */
function commitOutcome({ engine, records, guard }: RunMutation, outcome: CallOutcome): Committed | undefined {
  const hasRun = outcome.kind === "returned" || outcome.kind === "threw";
  const committed = engine.commit({
    snapshot: hasRun ? outcome.snapshot : engine.version,
    reads: hasRun ? outcome.reads : [],
    writes: outcome.kind === "returned" ? outcome.writes : noWrites,
    records: records?.(outcome) ?? [],
    ...(guard === undefined ? {} : { guard }),
  });
  return committed.kind === "committed" ? { outcome, version: committed.version } : undefined;
}

const noWrites: readonly DocumentWrite[] = [];

/** Runs a query or a scope; resolves once everything that it has seen is durable. */
export async function runQuery({ engine, pool, call }: RunCall): Promise<CallOutcome> {
  const outcome = await pool.call(call);
  if (outcome.kind === "returned" || outcome.kind === "threw") await engine.whenDurable(outcome.snapshot);
  return outcome;
}
