import { defineSchema, defineTable, documentKeys, encodeKey, keyAfterPrefix, makeId, tableOf, v } from "bothy/internal";
import type { KeyRange, Version, WireIdentity } from "bothy/internal";
import { expect, test } from "vitest";
import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { ManualClock, MemoryDisk, World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import type { Engine } from "../engine/index.ts";
import { openLive } from "./index.ts";
import type { Live, LiveCall, LivePool, LiveResult } from "./index.ts";

const schema = defineSchema({ notes: defineTable({ room: v.string() }).index("by_room", ["room"]) });

type Outcome = Awaited<ReturnType<LivePool["call"]>>;

/** What a test's function does when it is run. */
type Answer = (call: LiveCall) => Outcome;

interface Fixture {
  readonly engine: Engine;
  readonly live: Live;
  readonly clock: ManualClock;
  readonly disk: MemoryDisk;
  readonly calls: LiveCall[];
  answer: Answer;
  /** How long a run takes. */
  pause: () => Promise<void>;
  /** Runs wait from now on until the returned function is called. */
  hold(): () => void;
  reload(): void;
  write(room: string): Version;
}

async function open(answer: (fixture: Fixture) => Answer, runsMax = 64): Promise<Fixture> {
  const nothing = (): never => {
    throw new Error("a test has no network and no processes");
  };
  const disk = createMemoryDisk();
  const clock = createManualClock();
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const world: World = {
    clock,
    disk,
    random: createSeededRandom(1),
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: quiet,
    die: nothing,
  };
  const engine = await openEngine({ world, folder: "/folder", schema, store: "memory" });
  const listeners = new Set<() => void>();
  const calls: LiveCall[] = [];
  let held: Promise<void> | undefined;
  let count = 0;
  const pool: LivePool = {
    call: async (call) => {
      calls.push(call);
      // The functions that were loaded when the call was made.
      const { answer: loaded } = fixture;
      await held;
      await fixture.pause();
      return loaded(call);
    },
    onReload: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const fixture: Fixture = {
    engine,
    live: openLive({ world, engine, pool, limits: { runsMax } }),
    clock,
    disk,
    calls,
    pause: () => Promise.resolve(),
    answer: () => ({ kind: "refused", error: { code: "function_missing", message: "none" } }),
    hold: () => {
      let release = (): void => undefined;
      held = new Promise((resolve) => (release = resolve));
      return () => {
        held = undefined;
        release();
      };
    },
    reload: () => {
      for (const listener of listeners) listener();
    },
    write: (room) => {
      const bytes = new Uint8Array(16);
      new DataView(bytes.buffer).setUint32(0, ++count);
      const id = makeId("notes", bytes);
      const after = documentKeys(tableOf(schema, "notes"), { _id: id, _creationTime: 0, room });
      const write = {
        table: "notes",
        id,
        text: `{"_id":"${id}","_creationTime":0,"room":"${room}"}`,
        before: null,
        after,
      };
      const outcome = engine.commit({ snapshot: engine.version, reads: [], writes: [write] });
      if (outcome.kind !== "committed") throw new Error("nothing is in the way of this commit");
      return outcome.version;
    },
  };
  fixture.answer = answer(fixture);
  return fixture;
}

function roomRange(room: string): KeyRange {
  const lower = encodeKey([room]);
  return { table: "notes", index: "by_room", equalities: 1, lower, upper: keyAfterPrefix(lower) };
}

/** Counts the notes of the room that the arguments name. */
const countNotes =
  ({ engine }: Fixture, hasReadIdentity = false): Answer =>
  ({ args }) => {
    const range = roomRange(typeof args === "string" ? args : "");
    const value = engine.read(range, "asc", 1_000).documents.length;
    return { kind: "returned", snapshot: engine.version, reads: [range], hasReadIdentity, value };
  };

const user = (name: string): WireIdentity => ({ tokenIdentifier: name, issuer: "i", subject: name });
const countOf = (room: string, identity: WireIdentity | null = null): LiveCall => ({
  name: "count",
  kind: "query",
  mayCallInternal: false,
  args: room,
  identity,
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !condition(); turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

const compareNames = (a: readonly unknown[], b: readonly unknown[]): number => String(a[0]).localeCompare(String(b[0]));

const valuesOf = (results: readonly LiveResult[]) =>
  results.map((result) => (result.kind === "returned" ? result.value : result.error.code));

test("[SY26] a subscriber is told the first result, and another after each commit into what was read", async () => {
  const fixture = await open(countNotes);
  const results: LiveResult[] = [];
  fixture.live.subscribe(countOf("den"), (result) => results.push(result));
  expect(results).toEqual([]);
  await settle();
  fixture.write("den");
  await settle();
  fixture.write("lobby");
  await settle();
  expect([valuesOf(results), fixture.calls.length]).toEqual([[0, 1], 2]);
});

test("[SY12] a commit makes a result stale before it returns, and only for the versions from it on", async () => {
  const fixture = await open(countNotes);
  const subscription = fixture.live.subscribe(countOf("den"), () => undefined);
  expect(subscription.isCleanAt(fixture.engine.version)).toBe(false);
  await settle();
  const before = fixture.engine.version;
  expect(subscription.isCleanAt(before)).toBe(true);
  fixture.write("lobby");
  const version = fixture.write("den");
  fixture.write("den");
  expect([before, version - 1, version, version + 1].map((one) => subscription.isCleanAt(one))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  await settle();
  expect([version, version + 1].map((one) => subscription.isCleanAt(one))).toEqual([false, true]);
});

test("[P7] [SY12] a commit between the snapshot of a run and its end is found, and the function run again", async () => {
  let isFirst = true;
  const fixture = await open((own) => (call) => {
    const outcome = countNotes(own)(call);
    // The function has seen its snapshot; its answer is still on its way.
    if (isFirst) own.write("den");
    isFirst = false;
    return outcome;
  });
  const results: LiveResult[] = [];
  const subscription = fixture.live.subscribe(countOf("den"), (result) => results.push(result));
  await settle();
  expect(valuesOf(results)).toEqual([0, 1]);
  expect(subscription.isCleanAt(fixture.engine.version)).toBe(true);
});

test("many commits during one run lead to one more run", async () => {
  const fixture = await open(countNotes);
  const results: LiveResult[] = [];
  fixture.live.subscribe(countOf("den"), (result) => results.push(result));
  await settle();
  const release = fixture.hold();
  for (let i = 0; i < 10; i++) fixture.write("den");
  await settle();
  release();
  await settle();
  expect([valuesOf(results), fixture.calls.length]).toEqual([[0, 10], 2]);
});

test("[SY14] a result is told only once what it has seen is durable", async () => {
  const fixture = await open(countNotes);
  const results: LiveResult[] = [];
  const subscription = fixture.live.subscribe(countOf("den"), (result) => results.push(result));
  await settle();
  let sync = (): void => undefined;
  fixture.disk.before = ({ kind }) => (kind === "sync" ? new Promise<void>((resolve) => (sync = resolve)) : undefined);
  const version = fixture.write("den");
  await settle();
  expect([fixture.calls.length, valuesOf(results), subscription.isCleanAt(version)]).toEqual([2, [0], false]);
  fixture.disk.before = () => undefined;
  sync();
  await settle();
  expect([valuesOf(results), subscription.isCleanAt(version)]).toEqual([[0, 1], true]);
});

test("a function that does not ask who is calling is run once for all, and each is told", async () => {
  const fixture = await open(countNotes);
  const results: LiveResult[] = [];
  for (const name of ["a", "b", "c"])
    fixture.live.subscribe(countOf("den", user(name)), (result) => results.push(result));
  await settle();
  expect(fixture.live.counts()).toEqual({ computations: 1, readRanges: 1 });
  const runs = fixture.calls.length;
  fixture.write("den");
  await settle();
  expect([valuesOf(results), fixture.calls.length]).toEqual([[0, 0, 0, 1, 1, 1], runs + 1]);
  const late: LiveResult[] = [];
  const subscription = fixture.live.subscribe(countOf("den", user("d")), (result) => late.push(result));
  // Until it is told what the others know, nothing is clean for it.
  expect(subscription.isCleanAt(fixture.engine.version)).toBe(false);
  await settle();
  expect([valuesOf(late), fixture.calls.length]).toEqual([[1], runs + 1]);
});

test("[P1] [P7] [SY26] who comes to a result that a durable commit has made stale is told the next one, and not that one", async () => {
  const fixture = await open(countNotes);
  fixture.live.subscribe(countOf("den"), () => undefined);
  await settle();
  const release = fixture.hold();
  await fixture.engine.whenDurable(fixture.write("den"));
  const late: LiveResult[] = [];
  fixture.live.subscribe(countOf("den"), (result) => late.push(result));
  await settle();
  expect(late).toEqual([]);
  release();
  await settle();
  expect([valuesOf(late), fixture.calls.length]).toEqual([[1], 2]);
});

test("[P1] [P7] [SY26] who comes while a function runs is told its result only if no durable commit had made that one stale", async () => {
  const fixture = await open(countNotes);
  const earlier = countNotes(fixture)(countOf("den"));
  let isFirst = true;
  fixture.answer = (call) => {
    const outcome = isFirst ? earlier : countNotes(fixture)(call);
    isFirst = false;
    return outcome;
  };
  const release = fixture.hold();
  const [first, late]: LiveResult[][] = [[], []];
  fixture.live.subscribe(countOf("den"), (result) => first?.push(result));
  await fixture.engine.whenDurable(fixture.write("den"));
  fixture.live.subscribe(countOf("den"), (result) => late?.push(result));
  release();
  await settle();
  expect([valuesOf(first ?? []), valuesOf(late ?? [])]).toEqual([[0, 1], [1]]);
});

test("a function that asks who is calling is run for each identity, and its result told to that one only", async () => {
  const fixture = await open(
    (own) => (call) =>
      ({
        ...countNotes(own, true)(call),
        kind: "returned",
        value: call.identity?.subject ?? null,
      }) as Outcome,
  );
  const told: (readonly unknown[])[] = [];
  for (const name of ["a", "b", "a"]) {
    fixture.live.subscribe(countOf("den", user(name)), (result) => told.push([name, ...valuesOf([result])]));
  }
  await settle();
  expect(told).toEqual([
    ["a", "a"],
    ["a", "a"],
    ["b", "b"],
  ]);
  expect(fixture.live.counts().computations).toBe(2);
});

test("a function that begins to ask who is calling tells nobody another's result", async () => {
  let isPrivate = false;
  const fixture = await open(
    (own) => (call) =>
      ({
        ...countNotes(own, isPrivate)(call),
        kind: "returned",
        value: isPrivate ? (call.identity?.subject ?? null) : "all",
      }) as Outcome,
  );
  const told: (readonly unknown[])[] = [];
  for (const name of ["a", "b", "c"]) {
    fixture.live.subscribe(countOf("den", user(name)), (result) => told.push([name, ...valuesOf([result])]));
  }
  await settle();
  expect(fixture.live.counts().computations).toBe(1);
  told.length = 0;
  isPrivate = true;
  fixture.write("den");
  await settle();
  expect(told.toSorted(compareNames)).toEqual([
    ["a", "a"],
    ["b", "b"],
    ["c", "c"],
  ]);
  told.length = 0;
  isPrivate = false;
  fixture.write("den");
  await settle();
  expect(told).toHaveLength(3);
  expect(fixture.live.counts().computations).toBe(1);
});

test("an error is a result: it is told, and what was read before it is watched", async () => {
  const fixture = await open(({ engine }) => () => {
    const range = roomRange("den");
    if (engine.read(range, "asc", 1).documents.length > 0) {
      return { kind: "returned", snapshot: engine.version, reads: [range], hasReadIdentity: false, value: "works" };
    }
    const error = { code: "function_failed", message: "empty" } as const;
    return { kind: "threw", snapshot: engine.version, reads: [range], hasReadIdentity: false, error };
  });
  const results: LiveResult[] = [];
  fixture.live.subscribe(countOf("den"), (result) => results.push(result));
  await settle();
  fixture.write("den");
  await settle();
  expect(valuesOf(results)).toEqual(["function_failed", "works"]);
});

test("a function that met its limit is told as failed and tried again after a pause that grows", async () => {
  let isSlow = true;
  const fixture = await open(
    (own) => (call) =>
      isSlow ? { kind: "exceeded", error: { code: "limit_exceeded", message: "slow" } } : countNotes(own)(call),
  );
  const results: LiveResult[] = [];
  fixture.live.subscribe(countOf("den"), (result) => results.push(result));
  await settle();
  expect(valuesOf(results)).toEqual(["limit_exceeded"]);
  for (const pauseMs of [250, 500, 1_000]) {
    fixture.clock.advance(pauseMs - 1);
    await settle();
    const runs = fixture.calls.length;
    fixture.clock.advance(1);
    await settle();
    expect(fixture.calls.length).toBe(runs + 1);
  }
  isSlow = false;
  fixture.clock.advance(2_000);
  await settle();
  expect(valuesOf(results).at(-1)).toBe(0);
});

test("what could not be run at all says nothing about the function: the last result stays and it is tried again", async () => {
  let isDown = false;
  const fixture = await open((own) => (call) => {
    if (isDown) throw new Error("overloaded");
    return countNotes(own)(call);
  });
  const results: LiveResult[] = [];
  const subscription = fixture.live.subscribe(countOf("den"), (result) => results.push(result));
  await settle();
  isDown = true;
  const version = fixture.write("den");
  await settle();
  expect([valuesOf(results), subscription.isCleanAt(version)]).toEqual([[0], false]);
  isDown = false;
  fixture.clock.advance(250);
  await settle();
  expect(valuesOf(results)).toEqual([0, 1]);
});

test("after a reload nothing is clean until it has run with the new functions, also what was running meanwhile", async () => {
  const fixture = await open(countNotes);
  const results: LiveResult[] = [];
  const subscription = fixture.live.subscribe(countOf("den"), (result) => results.push(result));
  await settle();
  fixture.reload();
  expect(subscription.isCleanAt(fixture.engine.version)).toBe(false);
  await settle();
  expect([valuesOf(results), subscription.isCleanAt(fixture.engine.version)]).toEqual([[0, 0], true]);
  const release = fixture.hold();
  fixture.answer = () => ({ kind: "refused", error: { code: "function_missing", message: "the old bundle" } });
  fixture.write("den");
  await settle();
  fixture.answer = countNotes(fixture);
  fixture.reload();
  release();
  await settle();
  expect(valuesOf(results)).toEqual([0, 0, 1]);
});

test("only so many functions run at one time; the others follow", async () => {
  const fixture = await open(countNotes, 2);
  const results: LiveResult[] = [];
  const release = fixture.hold();
  for (let i = 0; i < 5; i++) fixture.live.subscribe(countOf(`room ${i}`), (result) => results.push(result));
  await settle();
  expect(fixture.calls).toHaveLength(2);
  release();
  await settle();
  expect([fixture.calls.length, results.length]).toEqual([5, 5]);
});

test("who has unsubscribed is told nothing, and nothing is kept for them", async () => {
  const fixture = await open(countNotes);
  const results: LiveResult[] = [];
  const early = fixture.live.subscribe(countOf("den"), (result) => results.push(result));
  early.close();
  await settle();
  const subscription = fixture.live.subscribe(countOf("den"), (result) => results.push(result));
  await settle();
  fixture.write("den");
  subscription.close();
  await settle();
  expect([valuesOf(results), fixture.live.counts()]).toEqual([[0], { computations: 0, readRanges: 0 }]);
});

test("[P11] a scope does not wait behind queries that take long", async () => {
  const fixture = await open(countNotes, 1);
  const release = fixture.hold();
  for (const room of ["a", "b"]) fixture.live.subscribe(countOf(room), () => undefined);
  fixture.live.subscribe({ ...countOf("c"), kind: "scope" }, () => undefined);
  await settle();
  expect(fixture.calls.map(({ kind, args }) => [kind, args])).toEqual([
    ["query", "a"],
    ["scope", "c"],
  ]);
  release();
});

test("[P11] a scope that every commit makes stale is clean again after some runs, for a moment in which those commits wait", async () => {
  const fixture = await open(countNotes);
  const { engine, clock } = fixture;
  let outcomes: string[] = [];
  const tryToWrite = (): void => {
    try {
      fixture.write("den");
      outcomes.push("committed");
    } catch {
      outcomes.push("reserved");
    }
  };
  // The disk is slow: what is written while one group is synced becomes durable together.
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  fixture.disk.before = async ({ kind }) => {
    if (kind === "sync") for (let i = 0; i < 5; i++) await turn();
  };
  fixture.pause = turn;
  // Somebody writes what it reads after each of its reads, and once more when its result is known.
  const count = fixture.answer;
  fixture.answer = (call) => {
    const outcome = count(call);
    tryToWrite();
    return outcome;
  };
  const told: ("clean" | "stale")[] = [];
  const scope = fixture.live.subscribe({ ...countOf("den"), kind: "scope" }, () => {
    told.push(scope.isCleanAt(engine.durableVersion) ? "clean" : "stale");
    tryToWrite();
  });
  await until(() => outcomes.includes("reserved"));
  expect(told.slice(-8)).toEqual(Array.from({ length: 8 }, () => "stale"));
  await until(() => told.at(-1) === "clean");
  expect([told.at(-1), outcomes.at(-1)]).toEqual(["clean", "reserved"]);
  outcomes = [];
  clock.advance(10);
  tryToWrite();
  expect(outcomes).toEqual(["committed"]);
});
