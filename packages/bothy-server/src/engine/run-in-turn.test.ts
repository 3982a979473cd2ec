import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ManualClock } from "../base/index.ts";
import type { CommitOutcome, DocumentWrite, Engine, Reservation } from "./engine.ts";
import { holdMs } from "./reservations.ts";
import { attemptsMax, runInTurn } from "./run-in-turn.ts";
import { commit, newId, openTestEngine, putDocument, rangeOf, testWorld } from "./test-engine.ts";
import { transact } from "./transact.ts";

/** A transaction that adds one to the rank of each of its notes, and takes some time between reading and committing. */
interface Adder {
  readonly ids: readonly string[];
  readonly runMs: readonly number[];
}

interface Added {
  readonly runs: number;
  readonly error?: unknown;
}

async function addOne(engine: Engine, clock: ManualClock, { ids, runMs }: Adder): Promise<Added> {
  let runs = 0;
  try {
    await runInTurn({
      engine,
      name: "add",
      run: async () => {
        const snapshot = engine.version;
        const writes = ids.map((id) =>
          putDocument(engine, "notes", { _id: id, room: "a", rank: rankOf(engine, id) + 1, body: "" }),
        );
        const reads = ids.map((id) => rangeOf(engine, { table: "notes", index: "by_id", prefix: [id] }));
        const delayMs = runMs[runs++ % runMs.length] ?? 0;
        await new Promise<void>((resolve) => clock.after(delayMs, resolve));
        return { snapshot, reads, writes };
      },
      footprintOf: (request) => request,
      commit: (request, reservation) =>
        engine.commit({ ...request, ...(reservation === undefined ? {} : { reservation }) }),
    });
    return { runs };
  } catch (error) {
    return { runs, error };
  }
}

function rankOf(engine: Engine, id: string): number {
  const [stored] = engine.read(rangeOf(engine, { table: "notes", index: "by_id", prefix: [id] }), "asc", 1).documents;
  const { rank } = JSON.parse(stored?.text ?? "{}") as { rank?: number };
  return rank ?? 0;
}

/** Moves the clock a millisecond at a time until everything has ended; fails when that takes too long. */
async function settle<T>(clock: ManualClock, tasks: readonly Promise<T>[], withinMs: number): Promise<readonly T[]> {
  let isDone = false;
  const all = Promise.all(tasks).finally(() => (isDone = true));
  for (let elapsedMs = 0; !isDone; elapsedMs++) {
    expect(elapsedMs).toBeLessThan(withinMs);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1);
  }
  return await all;
}

async function openWithNotes(count: number): Promise<{ engine: Engine; clock: ManualClock; ids: readonly string[] }> {
  const world = testWorld();
  const engine = await openTestEngine(world);
  const ids = Array.from({ length: count }, () => newId("notes"));
  for (const id of ids) commit(engine, putDocument(engine, "notes", { _id: id, room: "a", rank: 0, body: "" }));
  return { engine, clock: world.clock, ids };
}

test("[EN14] 64 callers that all add to one document finish, each after at most three runs", async () => {
  const { engine, clock, ids } = await openWithNotes(1);
  const callers = Array.from({ length: 64 }, (_, i) => addOne(engine, clock, { ids, runMs: [1 + (i % 5)] }));
  const results = await settle(clock, callers, 1_000);
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(rankOf(engine, ids[0] ?? "")).toBe(64);
  expect(Math.max(...results.map(({ runs }) => runs))).toBeLessThanOrEqual(3);
  expect(engine.figures.contention).toMatchObject({ expired: 0, givenUp: 0, reserved: 0 });
  expect(engine.figures.conflicts.reads).toBeGreaterThan(0);
  await engine.close();
});

test("[EN14] whatever meets whatever, everyone who runs in less than a turn commits once, and nothing is lost", async () => {
  const adder = fc.record({
    which: fc.uniqueArray(fc.nat({ max: 4 }), { minLength: 1, maxLength: 3 }),
    runMs: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 4 }),
    startMs: fc.nat({ max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(adder, { minLength: 1, maxLength: 20 }), async (adders) => {
      const { engine, clock, ids } = await openWithNotes(5);
      const tasks = adders.map(async ({ which, runMs, startMs }) => {
        await new Promise<void>((resolve) => clock.after(startMs, resolve));
        return await addOne(engine, clock, { ids: which.map((at) => ids[at] ?? ""), runMs });
      });
      const results = await settle(clock, tasks, 3_000);
      expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
      const expected = ids.map((_, at) => adders.filter(({ which }) => which.includes(at)).length);
      expect(ids.map((id) => rankOf(engine, id))).toEqual(expected);
      expect(Math.max(...results.map(({ runs }) => runs))).toBeLessThanOrEqual(adders.length + 1);
      expect(engine.figures.contention.reserved).toBe(0);
      await engine.close();
    }),
    { numRuns: 40 },
  );
});

test("[EN16] some that take longer than a turn: each commits or is told contention, soon, and the others commit", async () => {
  const adder = fc.record({
    which: fc.uniqueArray(fc.nat({ max: 2 }), { minLength: 1, maxLength: 2 }),
    runMs: fc.array(fc.integer({ min: 0, max: 4 * holdMs }), { minLength: 1, maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(adder, { minLength: 1, maxLength: 12 }), async (adders) => {
      const { engine, clock, ids } = await openWithNotes(3);
      const tasks = adders.map(({ which, runMs }) =>
        addOne(engine, clock, { ids: which.map((at) => ids[at] ?? ""), runMs }),
      );
      const results = await settle(clock, tasks, 20_000);
      for (const { error } of results) if (error !== undefined) expect(error).toMatchObject({ code: "contention" });
      for (const [i, { runMs }] of adders.entries())
        if (runMs.every((ms) => ms < holdMs)) expect(results[i]?.error).toBeUndefined();
      const committed = adders.filter((_, i) => results[i]?.error === undefined);
      expect(ids.map((id) => rankOf(engine, id))).toEqual(
        ids.map((_, at) => committed.filter(({ which }) => which.includes(at)).length),
      );
      expect(engine.figures.contention.reserved).toBe(0);
      await engine.close();
    }),
    { numRuns: 30 },
  );
});

test("[EN15] a commit into what another has reserved waits for it, also one of the server's own; the next begins before the former is durable", async () => {
  const { engine, clock, ids } = await openWithNotes(2);
  const [id = "", other = ""] = ids;
  const byRoom = rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a"] });
  const reservation = engine.reserve({ snapshot: engine.version, reads: [byRoom], writes: [] });
  const put = (_id: string, room: string): DocumentWrite =>
    putDocument(engine, "notes", { _id, room, rank: 1, body: "" });
  const attempt = (write: DocumentWrite, own?: Reservation): CommitOutcome["kind"] =>
    engine.commit({
      snapshot: engine.version,
      reads: [],
      writes: [write],
      ...(own === undefined ? {} : { reservation: own }),
    }).kind;
  expect(attempt(put(newId("notes"), "a"))).toBe("reserved");
  expect(attempt(put(id, "b"))).toBe("reserved");
  expect(attempt(put(newId("notes"), "b"))).toBe("committed");
  // What is read only passes, whoever has reserved it.
  expect(engine.commit({ snapshot: engine.version, reads: [byRoom], writes: [] }).kind).toBe("committed");
  let isDone = false;
  const transacted = transact(engine, { timeMs: 1, nextId: () => newId("notes") }, async (db) => {
    await db.patch(other, { body: "late" });
  }).then(() => (isDone = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isDone).toBe(false);
  expect(engine.figures.contention).toMatchObject({ reserved: 2, waits: 3 });
  const next = engine.reserve({ snapshot: engine.version, reads: [byRoom], writes: [] });
  expect(attempt(put(id, "a"), reservation)).toBe("committed");
  await next.turn();
  expect(engine.durableVersion).toBeLessThan(engine.version);
  next.end();
  await settle(clock, [transacted], 100);
  expect(engine.figures.contention.reserved).toBe(0);
  await engine.close();
});

test("[EN16] a transaction that throws, or whose commit does, leaves nothing reserved", async () => {
  const { engine, ids } = await openWithNotes(1);
  const [id = ""] = ids;
  let runs = 0;
  const failing = transact(engine, { timeMs: 1, nextId: () => newId("notes") }, async (db) => {
    const note = await db.get(id);
    if (++runs === 1) commit(engine, putDocument(engine, "notes", { _id: id, room: "a", rank: 7, body: "other" }));
    else throw new Error(`the second time it read ${JSON.stringify(note?.["body"])}`);
    await db.patch(id, { body: "mine" });
  });
  await expect(failing).rejects.toThrow('the second time it read "other"');
  expect(engine.figures.contention).toMatchObject({ reservations: 1, reserved: 0 });
  await engine.close();
});

test("[EN17] a transaction that is overtaken in spite of everything gives up with contention after a bounded number of attempts", async () => {
  let attempts = 0;
  const reservation: Reservation = { isSpent: false, turn: () => Promise.resolve(), end: () => undefined };
  const range = { table: "notes", index: "by_id", equalities: 0, lower: "", upper: "z" };
  const run = runInTurn({
    engine: { reserve: () => reservation },
    name: "unlucky",
    run: async () => attempts++,
    footprintOf: () => ({ snapshot: 0, reads: [], writes: [] }),
    commit: () => ({ kind: "conflict", range }),
  });
  await expect(run).rejects.toMatchObject({ code: "contention" });
  expect(attempts).toBe(attemptsMax + 1);
});
