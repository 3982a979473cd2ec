import { decodeValue, encodeValue, stringifyValue, type Json, type Outcome, type Value } from "bothy/internal";
import { ModelState } from "../oracle/model-state.ts";
import type { LoggedCommit } from "../oracle/read-log-files.ts";
import { runModel, type ModelOutcome } from "../oracle/run-model.ts";
import type { ProcessCall } from "../run/history.ts";
import type { Broken } from "./broken.ts";
import type { FinishedRun } from "./finished-run.ts";

/** A commit that decided a device's mutation. */
export interface Decision {
  readonly version: number;
  readonly nonce: string;
  readonly deviceId: string;
  readonly outcome: Outcome;
  readonly call: ProcessCall | undefined;
}

/** What the log says about the mutations of the run. */
export interface Committed {
  readonly broken: readonly Broken[];
  readonly decisions: readonly Decision[];
  /** By operation: the decisions of mutations whose arguments are known. */
  readonly decisionByOperation: ReadonlyMap<string, Decision>;
}

/**
 * P1 and P5: every commit is what its function comes to when it runs alone, over the model of all commits before it. So
 * versions are the serial order, and a function run a second time reads, writes and returns the same.
 */
export function checkCommits({ commits, history }: FinishedRun): Committed {
  const broken: Broken[] = [];
  const decisions: Decision[] = [];
  const callByEntry = new Map<string, ProcessCall>();
  for (const calls of history.callsByNonce.values()) {
    for (const call of calls)
      if (call.name === "office:enter") callByEntry.set(JSON.stringify(valueOf(call.args)), call);
  }
  const state = new ModelState();
  for (const commit of commits) {
    const decided = decisionOf(commit);
    if (decided && isToldToCopy(decided, commit, decisions)) {
      state.apply(commit);
      continue;
    }
    const calls = decided ? (history.callsByNonce.get(decided.nonce) ?? []) : adminCallsOf(commit, callByEntry);
    if (decided) decisions.push({ ...decided, call: calls.at(-1) });
    // What a restored deployment is told again to have been rejected takes its number without being run (SY21).
    const mayBeToldAgain = history.restored !== undefined && decided?.outcome[1] === "rejected";
    if (mayBeToldAgain && commit.writes.length === 0) {
      state.apply(commit);
      continue;
    }
    if (decided?.outcome[1] === "parked") {
      if (commit.writes.length > 0)
        broken.push({ promise: "P2", what: `version ${commit.version} parks a mutation and writes documents` });
    } else if (decided || commit.writes.some(({ table }) => !table.startsWith("_"))) {
      const problem = problemOf(commit, decided?.outcome, { state, calls });
      if (problem !== undefined) broken.push({ promise: "P1 P5", what: `version ${commit.version}: ${problem}` });
    }
    state.apply(commit);
  }
  const decisionByOperation = new Map<string, Decision>();
  for (const decision of decisions) {
    const operation = operationOf(decision.call?.args);
    if (decision.call && !decisionByOperation.has(operation)) decisionByOperation.set(operation, decision);
  }
  return { broken, decisions, decisionByOperation };
}

/** Every mutation of the app is given the operation that asked for it. */
export function operationOf(args: unknown): string {
  // That of a group stands in its first call, behind the name and the version.
  return String(Object(Array.isArray(args) ? Object(args[0])[2] : args).op);
}

/** Another copy of the device has had it decided: this one is told, and nothing is written (SY21). */
function isToldToCopy(
  { nonce, deviceId, outcome }: Omit<Decision, "call">,
  { writes }: LoggedCommit,
  decisions: readonly Decision[],
): boolean {
  const first = decisions.find((one) => one.nonce === nonce && one.outcome[1] !== "parked");
  if (first === undefined || first.deviceId === deviceId || writes.length > 0) return false;
  return JSON.stringify(first.outcome.slice(1)) === JSON.stringify(outcome.slice(1));
}

function decisionOf({ version, records }: LoggedCommit): Omit<Decision, "call"> | undefined {
  for (const { key, text } of records) {
    if (key[0] !== "outcome" || text === null) continue;
    const { nonce, outcome } = JSON.parse(text) as { readonly nonce: string; readonly outcome: Outcome };
    return { version, nonce, deviceId: String(key[1]), outcome };
  }
  return undefined;
}

function adminCallsOf({ writes }: LoggedCommit, callByEntry: ReadonlyMap<string, ProcessCall>): readonly ProcessCall[] {
  return writes.flatMap(({ document }) => {
    const call = callByEntry.get(JSON.stringify(document?.["value"]));
    return call === undefined ? [] : [call];
  });
}

function valueOf(args: Json): unknown {
  return Object(args).value;
}

/** The calls of one mutation differ in their time, so one of them has to explain the commit. */
function problemOf(
  commit: LoggedCommit,
  outcome: Outcome | undefined,
  { state, calls }: { readonly state: ModelState; readonly calls: readonly ProcessCall[] },
): string | undefined {
  let problem: string | undefined = "no call of a function process explains it";
  for (const call of calls) {
    const ran = runModel(state.clone(), {
      name: call.name,
      args: decodeValue(call.args),
      subject: call.identity?.subject ?? null,
      timeMs: call.timeMs,
      nonce: call.nonce,
      deviceKey: call.deviceKey,
    });
    const difference = differenceOf(commit, outcome, ran);
    if (difference === undefined) return undefined;
    problem = `${call.name} ${JSON.stringify(call.args)} ${difference}`;
  }
  return problem;
}

function differenceOf(commit: LoggedCommit, outcome: Outcome | undefined, ran: ModelOutcome): string | undefined {
  if (ran.kind === "threw") {
    if (outcome?.[1] === "rejected" && commit.writes.length === 0) return undefined;
    return `throws ${JSON.stringify(ran.error)} over the model, and was ${outcome?.[1] ?? "committed"}`;
  }
  if (outcome !== undefined && outcome[1] !== "applied") return `returns over the model, and was ${outcome[1]}`;
  const value = JSON.stringify(encodeValue(ran.value));
  if (outcome !== undefined && JSON.stringify(outcome[2]) !== value)
    return `returned ${JSON.stringify(outcome[2])}, over the model ${value}`;
  const expected = textsOf(ran.writes);
  const found = textsOf(commit.writes);
  return expected === found ? undefined : `wrote ${found}, over the model ${expected}`;
}

function textsOf(writes: readonly { readonly id: string; readonly document: Value | null }[]): string {
  return writes
    .map(({ id, document }) => `${id} ${document === null ? "deleted" : stringifyValue(document)}`)
    .sort()
    .join("; ");
}
