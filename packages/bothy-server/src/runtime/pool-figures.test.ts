import { expect, test } from "vitest";
import { createManualClock } from "../base/index.ts";
import type { ChildProcess, World } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";
import type { FunctionCall } from "./function-pool.ts";
import type { FromProcess, ToProcess } from "./messages.ts";
import { openFunctionPool } from "./open-function-pool.ts";
import type { RunningPool } from "./open-function-pool.ts";

interface Stage {
  readonly pool: RunningPool;
  readonly clock: ReturnType<typeof createManualClock>;
  readonly logged: readonly (readonly [message: string, fields: unknown])[];
  /** Number of the last call that the process was given. */
  lastId(): number;
  answer(message: FromProcess): void;
  exit(): void;
}

/** A pool whose first process says what the test says. */
async function openStage(): Promise<Stage> {
  const clock = createManualClock();
  const logged: (readonly [string, unknown])[] = [];
  const log = (message: string, fields?: unknown): void => void logged.push([message, fields]);
  let lastId = 0;
  const onLine: ((line: string) => void)[] = [];
  const onExit: ((how: { readonly code: number | null; readonly signal: string | null }) => void)[] = [];
  const child = (): ChildProcess => {
    const at = onExit.length;
    return {
      pid: at,
      bufferedBytes: 0,
      send: (line) => {
        const message = JSON.parse(line) as ToProcess;
        if (message.type === "call") lastId = message.id;
      },
      onLine: (listener) => void onLine.push(listener),
      onOutput: () => undefined,
      onExit: (listener) => void (onExit[at] = listener),
      kill: () => onExit[at]?.({ code: null, signal: "SIGKILL" }),
      residentBytes: () => 1_000,
    };
  };
  const answer = (message: FromProcess): void => onLine[0]?.(JSON.stringify(message));
  const engine = {
    version: 7,
    schema: { tables: {} },
    onCommit: () => () => undefined,
    isUnchangedSince: () => true,
    read: () => ({ documents: [], keys: [], isWhole: true }),
  };
  const opening = openFunctionPool({
    // The pool uses nothing else of world and engine.
    world: {
      clock,
      processes: { spawn: child },
      log: { debug: log, info: log, warn: log, error: log },
    } as unknown as World,
    engine: engine as unknown as Engine,
    bundlePath: "one.mjs",
    processes: 1,
    limits: { waitingCallsMax: 1, callsPerProcessMax: 1 },
  });
  await new Promise((resolve) => setImmediate(resolve));
  const f = { name: "f", kind: "query", visibility: "public", version: "v", isShared: false } as const;
  answer({ type: "ready", functions: [f], schema: { tables: [] }, schemaHash: "s", lenses: {} });
  const pool = await opening;
  return { pool, clock, logged, lastId: () => lastId, answer, exit: () => onExit[0]?.({ code: 1, signal: null }) };
}

const secret = "an argument";
const call: FunctionCall = {
  name: "f",
  kind: "query",
  mayCallInternal: false,
  args: { secret },
  identity: null,
  timeMs: 1,
  nonce: "00".repeat(16),
  deviceKey: "00".repeat(32),
};
const range = { table: "notes", index: "by_id", equalities: 0, lower: "", upper: "z" };
const returned = { kind: "returned", value: 1, snapshot: 0, reads: [range, range], writes: [], hasReadIdentity: false };

function done(id: number, more: object = {}): FromProcess {
  return { type: "done", id, outcome: returned, ...more } as FromProcess;
}

test("[ME1] runs are counted by function and end, with their time; waiting is measured apart", async () => {
  const { pool, clock, lastId, answer } = await openStage();
  const first = pool.call(call);
  const second = pool.call(call);
  expect(pool.state()).toMatchObject({ waitingCalls: 1, runningCalls: 1 });
  clock.advance(50);
  answer(done(lastId()));
  clock.advance(20);
  answer(done(lastId()));
  await Promise.all([first, second]);
  const [f] = [...pool.figures.functions()];
  expect([f?.name, f?.kind, f?.ends.returned, f?.seconds.sum]).toEqual(["f", "query", 2, expect.closeTo(0.07)]);
  expect(pool.figures.waitSeconds.sum).toBeCloseTo(0.05);
  expect(pool.state()).toMatchObject({ waitingCalls: 0, runningCalls: 0 });
  await pool.close();
});

test("[ME1] ranges that calls read, those that the store was asked for, and what processes hold are counted", async () => {
  const { pool, lastId, answer } = await openStage();
  const called = pool.call(call);
  answer({ type: "read", read: 1, since: 7, wanted: { range, order: "asc", limit: 1 } });
  answer(done(lastId(), { hot: { heldBytes: 500, evictedBytes: 20 } }));
  await called;
  expect(pool.figures.ranges).toEqual({ read: 2, asked: 1 });
  expect(pool.figures.evictedBytes).toBe(20);
  expect(pool.state().processes).toEqual([{ role: "worker", residentBytes: 1_000, hotBytes: 500 }]);
  await pool.close();
});

test("[ME1] an ended process, its lost call and a call that is refused are counted", async () => {
  const { pool, exit } = await openStage();
  const lost = pool.call(call);
  void pool.call(call).catch(() => undefined);
  await expect(pool.call(call)).rejects.toMatchObject({ code: "overloaded" });
  lost.catch(() => undefined);
  exit();
  const [f] = [...pool.figures.functions()];
  expect([f?.ends.lost, pool.figures.suspectCalls, pool.figures.overloadedCalls]).toEqual([1, 1, 1]);
  expect(pool.figures.processEnds).toEqual({ time: 0, memory: 0, ended: 1 });
  await pool.close();
});

test("[ME8] a function that took more than a second is told by its name, with how long it took and nothing else", async () => {
  const { pool, clock, logged, lastId, answer } = await openStage();
  for (const ms of [999, 1_500]) {
    const called = pool.call(call);
    clock.advance(ms);
    answer(done(lastId()));
    await called;
  }
  const slow = logged.filter(([message]) => message === "A function was slow.");
  expect(slow).toEqual([["A function was slow.", { function: "f", kind: "query", end: "returned", ms: 1_500 }]]);
  expect(JSON.stringify(logged)).not.toContain(secret);
  await pool.close();
});
