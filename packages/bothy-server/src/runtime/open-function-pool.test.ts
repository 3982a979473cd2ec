import { defineSchema, schemaToJson } from "bothy/internal";
import { expect, test } from "vitest";
import { createManualClock } from "../base/manual-clock.ts";
import type { ChildProcess, World } from "../base/world.ts";
import type { Commit, Engine } from "../engine/engine.ts";
import type { FunctionCall } from "./function-pool.ts";
import type { FromProcess, ToProcess } from "./messages.ts";
import { openFunctionPool } from "./open-function-pool.ts";
import type { RunningPool } from "./open-function-pool.ts";

/** A process that answers as the test says: `said` are the messages that it was sent. */
class ScriptedProcess implements ChildProcess {
  readonly pid: number;
  readonly said: ToProcess[] = [];
  bufferedBytes = 0;
  isKilled = false;
  resident = 50_000_000;
  #onLine: ((line: string) => void)[] = [];
  #onExit: ((how: { code: number | null; signal: string | null }) => void)[] = [];

  constructor(pid: number) {
    this.pid = pid;
  }

  send(line: string): void {
    this.said.push(JSON.parse(line) as ToProcess);
  }
  onLine(listener: (line: string) => void): void {
    this.#onLine.push(listener);
  }
  onOutput(): void {}
  onExit(listener: (how: { code: number | null; signal: string | null }) => void): void {
    this.#onExit.push(listener);
  }
  kill(): void {
    this.isKilled = true;
    this.exit(null, "SIGKILL");
  }
  residentBytes(): number {
    return this.resident;
  }

  answer(message: FromProcess): void {
    for (const listener of this.#onLine) listener(JSON.stringify(message));
  }
  exit(code: number | null, signal: string | null): void {
    for (const listener of this.#onExit.splice(0)) listener({ code, signal });
  }
  ready(names: readonly string[], schemaHash = "s1"): void {
    const functions = names.map(
      (name) => ({ name, kind: "query", visibility: "public", version: "v", isShared: false }) as const,
    );
    this.answer({ type: "ready", functions, schema: emptySchema, schemaHash, lenses: {} });
  }
  calls(): (ToProcess & { type: "call" })[] {
    return this.said.filter((message) => message.type === "call");
  }
  finish(value: number): void {
    const id = this.calls().at(-1)?.id ?? 0;
    this.answer({
      type: "done",
      id,
      outcome: { kind: "returned", value, snapshot: 0, reads: [], writes: [], hasReadIdentity: false },
    });
  }
}

const emptySchema = schemaToJson(defineSchema({}));

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface StageOptions {
  readonly processes?: number;
  readonly waitingCallsMax?: number;
  readonly isReloading?: boolean;
  readonly hotBytes?: number;
}

function stage(options: StageOptions = {}) {
  const clock = createManualClock();
  const processes: ScriptedProcess[] = [];
  const spawn = (): ScriptedProcess => {
    const process = new ScriptedProcess(processes.length);
    processes.push(process);
    return process;
  };
  const commits: ((commit: Commit) => void)[] = [];
  const engine = { version: 7, onCommit: (listener: (commit: Commit) => void) => (commits.push(listener), () => {}) };
  const opening = openFunctionPool({
    // The pool uses nothing else of world and engine.
    world: { clock, processes: { spawn }, log: quiet } as unknown as World,
    engine: engine as unknown as Engine,
    bundlePath: "one.mjs",
    processes: options.processes ?? 1,
    isReloading: options.isReloading ?? false,
    limits: {
      waitingCallsMax: options.waitingCallsMax ?? 10,
      callsPerProcessMax: 2,
      callMs: 1_000,
      pollMs: 100,
      hotBytes: options.hotBytes ?? 1_000_000,
    },
  });
  return {
    clock,
    processes,
    opening,
    engine,
    commit: (commit: Commit) => commits.forEach((listener) => listener(commit)),
  };
}

const noRange = { table: "t", index: "by_id", equalities: 0, lower: "", upper: "z" };

/** Lets everything that waits for nothing but its turn go on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function openStage(options: StageOptions = {}) {
  const { opening, ...rest } = stage(options);
  const workers = options.processes ?? 1;
  await turn();
  // The others are started once the first has loaded the bundle.
  for (let at = 0; at < workers; at++) rest.processes[at]?.ready(["f", "g"]);
  const pool: RunningPool = await opening;
  const process = (at: number): ScriptedProcess => {
    const found = rest.processes[at];
    if (found === undefined) throw new Error(`process ${at} was not started`);
    return found;
  };
  return { ...rest, pool, process };
}

const call: FunctionCall = {
  name: "f",
  kind: "query",
  mayCallInternal: false,
  args: {},
  identity: null,
  timeMs: 1,
  nonce: "00".repeat(16),
  deviceKey: "00".repeat(32),
};

test("[FN9] an unknown function and one of another kind are refused without a process", async () => {
  const { pool, process } = await openStage();
  await expect(pool.call({ ...call, name: "nope" })).resolves.toMatchObject({
    kind: "refused",
    error: { code: "function_missing" },
  });
  await expect(pool.call({ ...call, kind: "mutation" })).resolves.toMatchObject({
    kind: "refused",
    error: { code: "function_wrong_kind" },
  });
  expect(process(0).calls()).toEqual([]);
});

test("[FN11] the calls of an ended process run again alone, and only the one that ends the second process is exceeded", async () => {
  const { pool, process } = await openStage();
  const guilty = pool.call(call);
  const innocent = pool.call({ ...call, name: "g" });
  process(0).exit(null, "SIGABRT");
  // The new worker is for those who had no part in this, and a spare takes the first suspect.
  process(1).ready(["f", "g"]);
  process(2).ready(["f", "g"]);
  expect(
    process(2)
      .calls()
      .map((message) => message.call.name),
  ).toEqual(["f"]);
  process(3).ready(["f", "g"]);
  expect(
    process(3)
      .calls()
      .map((message) => message.call.name),
  ).toEqual(["g"]);
  expect(process(1).calls()).toEqual([]);
  process(3).finish(5);
  process(2).exit(null, "SIGABRT");
  await expect(innocent).resolves.toMatchObject({ kind: "returned", value: 5 });
  await expect(guilty).resolves.toMatchObject({ kind: "exceeded", error: { code: "limit_exceeded" } });
  const { error } = (await guilty) as { error: { message: string } };
  expect(error.message).toContain("memory");
});

test("[FN17] a call that is without its process is told so; one whose turn has come is begun before those that wait", async () => {
  const { pool, process } = await openStage();
  const lost: string[] = [];
  const named = (name: string, isFirst = false) =>
    pool.call({ ...call, name: "f", args: name }, { isFirst, onLost: () => void lost.push(name) });
  const calls = [named("one"), named("two"), named("three"), named("four", true), named("five", true)];
  process(0).finish(2);
  expect(
    process(0)
      .calls()
      .map((message) => message.call.args),
  ).toEqual(["one", "two", "four"]);
  process(0).finish(1);
  // Nor do those whose turn has come overtake each other.
  expect(process(0).calls().at(-1)?.call.args).toBe("five");
  expect(lost).toEqual([]);
  process(0).exit(null, "SIGABRT");
  expect(lost).toEqual(["one", "five"]);
  void Promise.allSettled(calls);
  await pool.close();
});

test("[FN11] a bystander in another process goes on in it", async () => {
  const { pool, process } = await openStage({ processes: 2 });
  const first = pool.call(call);
  const second = pool.call({ ...call, name: "g" });
  expect([process(0).calls().length, process(1).calls().length]).toEqual([1, 1]);
  process(0).exit(1, null);
  process(1).finish(2);
  await expect(second).resolves.toMatchObject({ kind: "returned", value: 2 });
  process(2).ready(["f", "g"]);
  process(3).ready(["f", "g"]);
  process(3).finish(1);
  await expect(first).resolves.toMatchObject({ kind: "returned", value: 1 });
});

test("[FN12] a process that is silent for the time of a call is ended; one that shows progress is not", async () => {
  const { pool, process, clock } = await openStage();
  const outcome = pool.call(call);
  void pool.call({ ...call, name: "g" });
  for (let i = 0; i < 8; i++) clock.advance(100);
  process(0).finish(1);
  for (let i = 0; i < 8; i++) clock.advance(100);
  expect(process(0).isKilled).toBe(false);
  for (let i = 0; i < 4; i++) clock.advance(100);
  expect(process(0).isKilled).toBe(true);
  process(2).ready(["f", "g"]);
  for (let i = 0; i < 11; i++) clock.advance(100);
  expect(process(2).isKilled).toBe(true);
  await expect(outcome).resolves.toMatchObject({ kind: "exceeded", error: { code: "limit_exceeded" } });
  const { error } = (await outcome) as { error: { message: string } };
  expect(error.message).toContain("1000 ms");
});

test("[FN12] what a process prints is no progress, neither in a call nor while it loads the bundle", async () => {
  const { pool, process, clock } = await openStage();
  void pool.call(call);
  const printFor = (printing: ScriptedProcess, timeMs: number): void => {
    for (let passedMs = 0; passedMs <= timeMs; passedMs += 100) {
      expect(printing.isKilled).toBe(false);
      printing.answer({ type: "print", level: "info", text: "still at it" });
      clock.advance(100);
    }
  };
  printFor(process(0), 1_000);
  expect(process(0).isKilled).toBe(true);
  printFor(process(1), 30_000);
  expect(process(1).isKilled).toBe(true);
});

test("[FN12] a process that takes too much memory is ended", async () => {
  const { process, clock } = await openStage();
  process(0).resident = 600 * 1_048_576;
  clock.advance(100);
  expect(process(0).isKilled).toBe(true);
});

test("[FN12] a call that does not end although its process lives is given up alone", async () => {
  const { pool, process } = await openStage();
  const outcome = pool.call(call);
  process(0).answer({ type: "late", id: process(0).calls()[0]?.id ?? 0 });
  expect(process(0).isKilled).toBe(false);
  // Nothing has ended; the spare is started for this call.
  process(1).ready(["f", "g"]);
  process(1).answer({ type: "late", id: process(1).calls()[0]?.id ?? 0 });
  await expect(outcome).resolves.toMatchObject({ kind: "exceeded" });
  expect(process(1).isKilled).toBe(false);
});

test("[FN13] more calls wait for a process, and beyond the bound one is refused as overloaded", async () => {
  const { pool, process } = await openStage({ waitingCallsMax: 1 });
  const calls = [pool.call(call), pool.call(call), pool.call({ ...call, name: "g" })];
  await expect(pool.call(call)).rejects.toMatchObject({ code: "overloaded" });
  expect(process(0).calls().length).toBe(2);
  process(0).finish(1);
  expect(process(0).calls().at(-1)?.call.name).toBe("g");
  process(0).finish(3);
  await expect(calls[2]).resolves.toMatchObject({ value: 3 });
});

test("[FN15] the other processes are started once the first has loaded the bundle", async () => {
  const { processes, opening } = stage({ processes: 3 });
  await turn();
  expect(processes.length).toBe(1);
  processes[0]?.ready(["f"]);
  await opening;
  expect(processes.length).toBe(3);
});

test("[FN13] no spare is started before a process has ended; from then on one is kept", async () => {
  const { pool, process, processes } = await openStage({ processes: 2 });
  void pool.call(call);
  void pool.call(call);
  process(0).finish(1);
  process(1).finish(1);
  expect(processes.length).toBe(2);
  process(0).exit(1, null);
  expect(processes.length).toBe(4);
  process(2).ready(["f", "g"]);
  process(3).ready(["f", "g"]);
  expect(processes.length).toBe(4);
  // The spare is the next worker at once, without a start in between.
  process(1).exit(1, null);
  expect(processes.length).toBe(5);
  void pool.call(call);
  void pool.call(call);
  expect([process(2).calls().length, process(3).calls().length]).toEqual([1, 1]);
});

test("[FN14] all processes together have one budget of hot rows, however many there are", async () => {
  const { pool, processes, process } = await openStage({ processes: 2, hotBytes: 1_200 });
  const budgets = (): number[] =>
    processes
      .filter(({ isKilled }) => !isKilled)
      .map(({ said }) => said.filter((message) => message.type === "hot").at(-1)?.budgetBytes ?? 0);
  expect(budgets()).toEqual([400, 400]);
  void pool.call(call);
  // A new worker and a spare for the one that ended, then two that run suspects and another spare.
  process(0).exit(1, null);
  process(0).isKilled = true;
  for (const each of processes.slice(2)) each.ready(["f", "g"]);
  expect(budgets().length).toBeGreaterThan(2);
  expect(budgets().reduce((sum, budget) => sum + budget, 0)).toBeLessThanOrEqual(1_200);
  // While the processes of the old bundle have calls, those of the new one are there too.
  void pool.call(call);
  const loading = pool.load("two.mjs");
  await turn();
  processes.at(-1)?.ready(["f", "g"]);
  await loading;
  expect(budgets().length).toBeGreaterThan(3);
  expect(budgets().reduce((sum, budget) => sum + budget, 0)).toBeLessThanOrEqual(1_200);
});

test("[FN1] a process is sent the commits of tables that it has rows of, before later calls", async () => {
  const { pool, process, commit } = await openStage();
  const write = { table: "t", id: "a", text: "{}", before: null, after: ["k"] };
  commit({ version: 8, timeMs: 0, writes: [write], stamps: ["7 "], records: [] });
  void pool.call(call);
  expect(process(0).said.map(({ type }) => type)).toEqual(["start", "hot", "call"]);
});

test("[FN15] calls go to a new bundle once it is loaded, and those under way finish on the old one", async () => {
  const { pool, process } = await openStage();
  // From now on there is a spare beside the worker.
  process(0).exit(1, null);
  process(1).ready(["f", "g"]);
  process(2).ready(["f", "g"]);
  const old = pool.call(call);
  let reloads = 0;
  pool.onReload(() => reloads++);
  const loading = pool.load("two.mjs");
  await turn();
  expect(pool.functions.has("h")).toBe(false);
  process(3).ready(["h"]);
  await loading;
  expect([...pool.functions.keys()]).toEqual(["h"]);
  expect(reloads).toBe(1);
  expect([process(1).isKilled, process(2).isKilled]).toEqual([false, true]);
  process(1).finish(4);
  await expect(old).resolves.toMatchObject({ value: 4 });
  expect(process(1).isKilled).toBe(true);
  const fresh = pool.call({ ...call, name: "h" });
  process(3).finish(6);
  await expect(fresh).resolves.toMatchObject({ value: 6 });
});

test("[FN15] while developing, the next bundle is loaded in a process that has been prepared for it", async () => {
  const { pool, process, processes, clock } = await openStage({ isReloading: true });
  expect(processes.length).toBe(1);
  clock.advance(500);
  expect(processes.length).toBe(2);
  expect(process(1).said).toEqual([]);
  const loading = pool.load("two.mjs");
  await turn();
  expect(processes.length).toBe(2);
  expect(process(1).said).toMatchObject([{ type: "start", bundlePath: "two.mjs" }, { type: "hot" }]);
  process(1).ready(["h"]);
  await loading;
  // One that ends before it is needed is not waited for.
  clock.advance(500);
  process(2).exit(1, null);
  const again = pool.load("three.mjs");
  await turn();
  expect(process(3).said).toMatchObject([{ type: "start", bundlePath: "three.mjs" }, { type: "hot" }]);
  process(3).ready(["h"]);
  await again;
  clock.advance(500);
  await pool.close();
  expect(processes.every((each) => each.isKilled || each === processes[2])).toBe(true);
  clock.advance(10_000);
  expect(processes.length).toBe(5);
});

test("[FN15] a call whose process ends after another bundle was loaded runs again, alone, on the new one", async () => {
  const { pool, process } = await openStage();
  const outcome = pool.call(call);
  const loading = pool.load("two.mjs");
  await turn();
  process(1).ready(["f"]);
  await loading;
  process(0).exit(null, "SIGABRT");
  process(2).ready(["f"]);
  expect(process(1).calls()).toEqual([]);
  process(2).finish(8);
  await expect(outcome).resolves.toMatchObject({ value: 8 });
});

test("[FN15] a bundle that cannot be loaded, or has another schema, leaves the old one in place", async () => {
  const { pool, process } = await openStage();
  const broken = pool.load("two.mjs");
  await turn();
  process(1).answer({ type: "unready", cause: "SyntaxError: no" });
  await expect(broken).rejects.toMatchObject({
    code: "build_failed",
    message: expect.stringContaining("SyntaxError: no"),
  });
  const other = pool.load("three.mjs");
  await turn();
  process(2).ready(["h"], "s2");
  await expect(other).rejects.toMatchObject({ code: "schema_mismatch" });
  const outcome = pool.call(call);
  process(0).finish(1);
  await expect(outcome).resolves.toMatchObject({ value: 1 });
});

test("[FN13] while replacements do not start, waiting calls fail and starting is tried again after a pause", async () => {
  const { pool, process, processes, clock } = await openStage();
  process(0).exit(1, null);
  process(1).exit(1, null);
  const waiting = pool.call(call);
  process(2).exit(1, null);
  process(3).exit(1, null);
  await expect(waiting).rejects.toMatchObject({ code: "overloaded" });
  const started = processes.length;
  clock.advance(1_000);
  expect(processes.length).toBeGreaterThan(started);
});

test("closing ends the processes and refuses calls that wait or are under way", async () => {
  const { pool, process } = await openStage();
  const outcome = pool.call(call);
  await pool.close();
  await expect(outcome).rejects.toMatchObject({ code: "shutting_down" });
  await expect(pool.call(call)).rejects.toMatchObject({ code: "shutting_down" });
  expect(process(0).isKilled).toBe(true);
});

test("[FN11] a call that cannot be put into words fails alone, and those behind it run", async () => {
  const { pool, process } = await openStage();
  const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
  await expect(pool.call({ ...call, args: deep })).rejects.toThrow(RangeError);
  const next = pool.call(call);
  process(0).finish(1);
  await expect(next).resolves.toMatchObject({ kind: "returned", value: 1 });
});

test("[FN7] arguments that are larger than a device may send never get to a process, and the call ends with its own error", async () => {
  const { pool, process } = await openStage();
  const fitting = pool.call({ ...call, args: { text: "x".repeat(1_048_576 - '{"text":""}'.length) } });
  process(0).finish(1);
  await expect(fitting).resolves.toMatchObject({ kind: "returned" });
  await expect(pool.call({ ...call, args: { text: "x".repeat(1_048_576) } })).resolves.toMatchObject({
    kind: "refused",
    error: { code: "arguments_invalid" },
  });
  expect(process(0).calls()).toHaveLength(1);
  expect(pool.state()).toMatchObject({ waitingCalls: 0, runningCalls: 0 });
});

test("[FN2] a call out of a listener that hears of a commit before the pool does is a broken belief, not an old answer", async () => {
  const { pool, engine, commit } = await openStage();
  engine.version = 8;
  await expect(pool.call(call)).rejects.toThrow("the pool hears of commits before those who call it");
  commit({ version: 8, timeMs: 1, writes: [], stamps: [], records: [] });
  void pool.call(call);
});

test("[FN15] prepared functions are given no calls until they take over, and what is under way then begins anew in them", async () => {
  const { pool, process } = await openStage();
  let reloads = 0;
  pool.onReload(() => reloads++);
  const preparing = pool.prepare("two.mjs");
  await turn();
  process(1).ready(["f", "h"], "s2");
  const prepared = await preparing;
  expect(prepared.schemaHash).toBe("s2");
  const lost: string[] = [];
  const named = (args: string) => pool.call({ ...call, args }, { onLost: () => void lost.push(args) });
  const [first, second, waiting] = [named("first"), named("second"), named("waiting")];
  const argumentsIn = (at: number) =>
    process(at)
      .calls()
      .map((message) => message.call.args);
  expect([argumentsIn(0), argumentsIn(1), reloads]).toEqual([["first", "second"], [], 0]);
  prepared.take("hand over");
  expect([process(0).isKilled, reloads, lost]).toEqual([true, 1, ["first", "second"]]);
  expect(argumentsIn(1)).toEqual(["first", "second"]);
  // What the old process had still written counts for nothing, and asks for nothing.
  process(0).finish(1);
  process(0).answer({ type: "read", read: 1, since: 0, wanted: { range: noRange, order: "asc", limit: 1 } });
  process(1).finish(2);
  await expect(second).resolves.toMatchObject({ value: 2 });
  expect(argumentsIn(1)).toEqual(["first", "second", "waiting"]);
  expect(pool.functions.has("h")).toBe(true);
  void Promise.allSettled([first, waiting]);
  await pool.close();
});

test("[FN15] prepared functions that are not wanted end, and the others go on", async () => {
  const { pool, process } = await openStage();
  const preparing = pool.prepare("two.mjs");
  await turn();
  process(1).ready(["h"], "s2");
  (await preparing).discard();
  expect(process(1).isKilled).toBe(true);
  const answer = pool.call(call);
  process(0).finish(5);
  await expect(answer).resolves.toMatchObject({ value: 5 });
  await pool.close();
});
