import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Commit, Snapshot } from "./engine.ts";
import {
  commit,
  contentOf,
  deleteDocument,
  newId,
  openTestEngine,
  putDocument,
  rangeOf,
  testWorld,
} from "./test-engine.ts";

const note = (
  _id: string,
  room: string,
  rank: number,
  body = "",
): { _id: string; room: string; rank: number; body: string } => ({ _id, room, rank, body });

test("[EN1] a commit is visible at once and durable soon after", async () => {
  const engine = await openTestEngine(testWorld());
  const start = engine.version;
  const _id = newId("notes");
  const version = commit(engine, putDocument(engine, "notes", note(_id, "a", 1)));
  expect([version, engine.version, engine.durableVersion]).toEqual([start + 1, start + 1, start]);
  const byRoom = rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a"] });
  expect(engine.read(byRoom, "asc", 10).documents).toMatchObject([{ id: _id, version }]);
  await engine.whenDurable(version);
  expect(engine.durableVersion).toBe(version);
  commit(engine, deleteDocument(engine, "notes", _id));
  expect(engine.read(byRoom, "asc", 10).documents).toEqual([]);
  await engine.close();
});

test("[EN2] a transaction whose read set was written since its snapshot conflicts, whatever the write was", async () => {
  const engine = await openTestEngine(testWorld());
  const [inside, other] = [newId("notes"), newId("notes")];
  commit(engine, putDocument(engine, "notes", note(inside, "a", 1)), putDocument(engine, "notes", note(other, "b", 1)));
  const range = rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a"] });
  const attempt = (snapshot: number): string => engine.commit({ snapshot, reads: [range], writes: [] }).kind;
  const writes = {
    changed: () => putDocument(engine, "notes", note(inside, "a", 1, "new")),
    movedIn: () => putDocument(engine, "notes", note(other, "a", 5)),
    movedOut: () => putDocument(engine, "notes", note(other, "b", 5)),
    inserted: () => putDocument(engine, "notes", note(newId("notes"), "a", 9)),
    deleted: () => deleteDocument(engine, "notes", inside),
  };
  for (const write of Object.values(writes)) {
    const snapshot = engine.version;
    commit(engine, write());
    expect(engine.commit({ snapshot, reads: [range], writes: [] })).toEqual({ kind: "conflict", range });
    expect(engine.isUnchangedSince(range, snapshot)).toBe(false);
  }
  const snapshot = engine.version;
  commit(
    engine,
    putDocument(engine, "notes", note(other, "c", 1)),
    putDocument(engine, "people", { _id: newId("people"), name: "a" }),
  );
  expect([attempt(snapshot), engine.isUnchangedSince(range, snapshot)]).toEqual(["committed", true]);
  await engine.close();
});

test("[EN2] of two transactions that read what the other wrote, one conflicts", async () => {
  const engine = await openTestEngine(testWorld());
  const ids = [newId("notes"), newId("notes")] as const;
  commit(engine, ...ids.map((id) => putDocument(engine, "notes", note(id, "a", 0))));
  const snapshot = engine.version;
  const [first, second] = ids.map((id) => rangeOf(engine, { table: "notes", index: "by_id", prefix: [id] }));
  const writes = ids.map((id) => putDocument(engine, "notes", note(id, "a", 1)));
  if (first === undefined || second === undefined || writes[0] === undefined || writes[1] === undefined)
    throw new Error("two of each");
  expect(engine.commit({ snapshot, reads: [first, second], writes: [writes[0]] }).kind).toBe("committed");
  expect(engine.commit({ snapshot, reads: [first, second], writes: [writes[1]] }).kind).toBe("conflict");
  await engine.close();
});

test("[EN2] a document written since the snapshot conflicts even if it was not named as read", async () => {
  const engine = await openTestEngine(testWorld());
  const _id = newId("notes");
  commit(engine, putDocument(engine, "notes", note(_id, "a", 0)));
  const snapshot = engine.version;
  const stale = putDocument(engine, "notes", note(_id, "b", 0));
  commit(engine, putDocument(engine, "notes", note(_id, "c", 0)));
  expect(engine.commit({ snapshot, reads: [], writes: [stale] }).kind).toBe("conflict");
  await engine.close();
});

test("[EN2] a snapshot older than what is remembered conflicts", async () => {
  const world = testWorld();
  const engine = await openTestEngine(world);
  const range = rangeOf(engine, { table: "people", index: "by_name", prefix: [] });
  const snapshot = engine.version;
  for (let i = 0; i < 30_000; i++) {
    engine.commit({ snapshot: engine.version, reads: [], writes: [], records: [{ key: ["n"], text: String(i) }] });
    if (i % 1_000 === 0) await engine.whenDurable(engine.version);
  }
  expect(engine.commit({ snapshot, reads: [range], writes: [] })).toEqual({ kind: "conflict", range });
  expect(engine.commit({ snapshot: engine.version - 10_000, reads: [range], writes: [] }).kind).toBe("committed");
  await engine.close();
});

test("[EN3] the guard is asked in the same step, after validation, and its refusal changes nothing", async () => {
  const engine = await openTestEngine(testWorld());
  const { version } = engine;
  let asked = 0;
  const guard = (): boolean => ++asked > 1;
  const request = { snapshot: version, reads: [], writes: [], records: [{ key: ["device", 1], text: "{}" }], guard };
  expect(engine.commit(request)).toEqual({ kind: "conflict" });
  expect([engine.version, engine.readRecord(["device", 1])]).toEqual([version, undefined]);
  expect(engine.commit(request)).toEqual({ kind: "committed", version: version + 1 });
  expect(engine.readRecord(["device", 1])).toBe("{}");
  await engine.close();
});

test("[EN4] listeners hear every commit in order, before it returns; what one throws harms nobody", async () => {
  const engine = await openTestEngine(testWorld());
  const heard: number[] = [];
  engine.onCommit(() => {
    throw new Error("a listener's fault");
  });
  const stop = engine.onCommit(({ version }) => void heard.push(version));
  const first = commit(engine);
  expect(heard).toEqual([first]);
  engine.keepBook({ table: "notes", index: "by_room", equalities: 1 });
  expect(heard).toEqual([first, first + 1]);
  stop();
  commit(engine);
  expect(heard).toHaveLength(2);
  await engine.close();
});

test("[EN5] nothing shows a commit before it is durable: no listener, no snapshot, no promise", async () => {
  const world = testWorld();
  const engine = await openTestEngine(world);
  let sync: () => void = () => undefined;
  world.disk.before = ({ kind }) => (kind === "sync" ? new Promise<void>((resolve) => (sync = resolve)) : undefined);
  const groups: Commit[][] = [];
  engine.onDurable((commits) => void groups.push([...commits]));
  const range = rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a"] });
  const seen = (snapshot: Snapshot): number => snapshot.read(range, "asc", 99).documents.length;
  const start = engine.version;
  const reached: number[] = [];
  const add = (): void => {
    const version = commit(engine, putDocument(engine, "notes", note(newId("notes"), "a", 0)));
    void engine.whenDurable(version).then(() => reached.push(version));
  };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await Promise.resolve();
  };
  add();
  await settle();
  add();
  add();
  const before = engine.openSnapshot();
  expect([before.version, seen(before), engine.read(range, "asc", 99).documents.length, groups, reached]).toEqual([
    start,
    0,
    3,
    [],
    [],
  ]);
  sync();
  await settle();
  const middle = engine.openSnapshot();
  expect([middle.version, seen(middle), seen(before), reached]).toEqual([start + 1, 1, 0, [start + 1]]);
  sync();
  await settle();
  const after = engine.openSnapshot();
  expect([after.version, seen(after), seen(middle), seen(before), reached]).toEqual([
    start + 3,
    3,
    1,
    0,
    [start + 1, start + 2, start + 3],
  ]);
  expect(groups.map((commits) => commits.map(({ version }) => version))).toEqual([[start + 1], [start + 2, start + 3]]);
  for (const snapshot of [before, middle, after]) snapshot.close();
  world.disk.before = () => undefined;
  await engine.close();
});

test("[EN7] a failed sync ends the process: nothing becomes durable and nothing more is committed", async () => {
  for (const failing of ["append", "sync"]) {
    const world = testWorld();
    const engine = await openTestEngine(world);
    const durable = engine.durableVersion;
    world.disk.before = ({ kind }) => {
      if (kind === failing) throw new Error("EIO");
    };
    const version = commit(engine, putDocument(engine, "notes", note(newId("notes"), "a", 0)));
    await expect(engine.whenDurable(version)).rejects.toThrow("EIO");
    expect([world.deaths, engine.durableVersion]).toEqual([["EIO"], durable]);
    expect(() => commit(engine)).toThrow(expect.objectContaining({ code: "internal" }));
    await engine.close();
    world.disk.before = () => undefined;
    // Appended without a sync, it may be there or not; it was never told.
    const again = await openTestEngine(testWorld(world.disk));
    expect(again.version).toBe(failing === "append" ? durable : version);
    await again.close();
  }
});

test("[EN9] the engine says when more waits than memory should hold, and when it no longer does", async () => {
  const world = testWorld();
  const engine = await openTestEngine(world);
  let sync: () => void = () => undefined;
  const blocked = new Promise<void>((resolve) => (sync = resolve));
  world.disk.before = ({ kind }) => (kind === "sync" ? blocked : undefined);
  const body = "x".repeat(1_000_000);
  const counts: boolean[] = [];
  for (let i = 0; i < 70; i++) {
    commit(engine, putDocument(engine, "notes", note(newId("notes"), "a", i, body)));
    counts.push(engine.isOverloaded);
  }
  expect([counts[0], counts[60], counts[69]]).toEqual([false, false, true]);
  sync();
  await engine.whenDurable(engine.version);
  while (engine.isOverloaded) {
    world.clock.advance(1_000);
    await Promise.resolve();
  }
  await engine.close();
});

test("[EN8] a cursor pages through a range in pieces of a size and is whole at its end", async () => {
  const engine = await openTestEngine(testWorld());
  const ids = Array.from({ length: 200 }, () => newId("notes"));
  for (const [rank, id] of ids.entries())
    commit(engine, putDocument(engine, "notes", note(id, "a", rank, "x".repeat(50))));
  await engine.whenDurable(engine.version);
  const snapshot = engine.openSnapshot();
  for (const maxBytes of [1, 1_000, 1_000_000]) {
    const cursor = snapshot.cursor(rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a"] }));
    const found: string[] = [];
    for (let isWhole = false; !isWhole;) {
      const page = cursor.next(maxBytes);
      expect(page.documents.length).toBe(page.keys.length);
      if (maxBytes === 1) expect(page.documents.length).toBe(1);
      found.push(...page.documents.map(({ id }) => id));
      ({ isWhole } = page);
    }
    expect(found).toEqual(ids);
  }
  snapshot.close();
  await engine.close();
});

test("[EN8] reads and open snapshots stay right while commits become durable and are applied", async () => {
  type Step = {
    kind: "put" | "delete" | "durable" | "apply" | "snapshot" | "reopen";
    at: number;
    room: number;
    rank: number;
  };
  const step = fc.record({
    kind: fc.constantFrom<Step["kind"]>("put", "put", "put", "delete", "durable", "apply", "snapshot", "reopen"),
    at: fc.nat(7),
    room: fc.nat(2),
    rank: fc.nat(3),
  });
  const ids = Array.from({ length: 8 }, () => newId("notes"));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
      const world = testWorld();
      let engine = await openTestEngine(world);
      const oracle = new Map<string, { room: string; rank: number; version: number }>();
      const stateAt = new Map([[engine.version, new Map(oracle)]]);
      let snapshots: { snapshot: Snapshot; expected: typeof oracle }[] = [];
      const rowsIn = (state: typeof oracle, room: string): string[] =>
        [...state]
          .filter(([, row]) => row.room === room)
          .sort(([a, x], [b, y]) => x.rank - y.rank || (a < b ? -1 : 1))
          .map(([id, row]) => `${id} ${row.version}`);
      const check = (reader: Pick<Snapshot, "read">, state: typeof oracle): void => {
        for (const room of ["0", "1", "2"]) {
          const range = rangeOf(engine, { table: "notes", index: "by_room", prefix: [room] });
          const expected = rowsIn(state, room);
          for (const limit of [2, 99]) {
            const found = [reader.read(range, "asc", limit), reader.read(range, "desc", limit)];
            const [up, down] = found.map(({ documents }) => documents.map(({ id, version }) => `${id} ${version}`));
            const isWhole = expected.length <= limit;
            expect([up, down, ...found.map((read) => read.isWhole)]).toEqual([
              expected.slice(0, limit),
              [...expected].reverse().slice(0, limit),
              isWhole,
              isWhole,
            ]);
          }
        }
      };
      for (const { kind, at, room, rank } of steps) {
        const id = ids[at] ?? "";
        if (kind === "put") {
          const version = commit(engine, putDocument(engine, "notes", note(id, String(room), rank)));
          oracle.set(id, { room: String(room), rank, version });
        } else if (kind === "delete" && oracle.has(id)) {
          commit(engine, deleteDocument(engine, "notes", id));
          oracle.delete(id);
        } else if (kind === "durable") await engine.whenDurable(engine.version);
        else if (kind === "apply") world.clock.advance(1_000);
        else if (kind === "snapshot") {
          const snapshot = engine.openSnapshot();
          const expected = stateAt.get(snapshot.version);
          if (expected === undefined) throw new Error("a snapshot is of a version that there was");
          snapshots.push({ snapshot, expected });
        } else if (kind === "reopen") {
          for (const { snapshot } of snapshots) snapshot.close();
          snapshots = [];
          await engine.close();
          engine = await openTestEngine(world);
        }
        stateAt.set(engine.version, new Map(oracle));
        check(engine, oracle);
        for (const { snapshot, expected } of snapshots) check(snapshot, expected);
      }
      for (const { snapshot } of snapshots) snapshot.close();
      const content = contentOf(engine);
      await engine.close();
      const again = await openTestEngine(world);
      expect(contentOf(again)).toEqual(content);
      await again.close();
    }),
    { numRuns: 40 },
  );
});
