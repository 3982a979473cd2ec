import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Engine, RangeChanges } from "./engine.ts";
import { commit, deleteDocument, newId, openTestEngine, putDocument, rangeOf, testWorld } from "./test-engine.ts";

const shape = { table: "notes", index: "by_room", equalities: 1 };

function changesIn(engine: Engine, room: string, since: number): RangeChanges | undefined {
  const snapshot = engine.openSnapshot();
  const changes = snapshot.changes(rangeOf(engine, { table: "notes", index: "by_room", prefix: [room] }), since);
  snapshot.close();
  return changes;
}

test("[EN11] a book tells nothing of the time before it, of bounded ranges and of other shapes", async () => {
  const engine = await openTestEngine(testWorld());
  const before = engine.version;
  expect(changesIn(engine, "a", before)).toBeUndefined();
  engine.keepBook(shape);
  engine.keepBook(shape);
  await engine.whenDurable(engine.version);
  expect(engine.version).toBe(before + 1);
  expect(changesIn(engine, "a", before)).toBeUndefined();
  expect(changesIn(engine, "a", engine.version)).toEqual({ rows: [], gone: [] });
  const snapshot = engine.openSnapshot();
  const bound = { value: 3, isInclusive: true };
  const ranges = [
    rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a"], lower: bound }),
    rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a"], lower: bound, upper: bound }),
    rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a", 3] }),
    rangeOf(engine, { table: "notes", index: "by_room", prefix: [] }),
  ];
  for (const range of ranges) expect(snapshot.changes(range, engine.version)).toBeUndefined();
  snapshot.close();
  await engine.close();
});

test("[EN11] a book agrees with comparing all documents of two versions, also across restarts", async () => {
  type Step = { kind: "put" | "delete" | "reopen" | "apply"; at: number; room: number };
  const step = fc.record({
    kind: fc.constantFrom<Step["kind"]>("put", "put", "put", "delete", "reopen", "apply"),
    at: fc.nat(4),
    room: fc.nat(2),
  });
  const ids = Array.from({ length: 5 }, () => newId("notes"));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), fc.nat(12), async (steps, bookAt) => {
      const world = testWorld();
      let engine = await openTestEngine(world);
      const rooms = new Map<string, { room: string; version: number }>();
      const history = new Map<number, Map<string, { room: string; version: number }>>();
      let bookSince: number | undefined;
      for (const [i, { kind, at, room }] of steps.entries()) {
        if (i === bookAt) {
          engine.keepBook(shape);
          bookSince = engine.version;
        }
        const id = ids[at] ?? "";
        if (kind === "put")
          rooms.set(id, {
            room: String(room),
            version: commit(engine, putDocument(engine, "notes", { _id: id, room: String(room), rank: 0, body: "" })),
          });
        else if (kind === "delete" && rooms.delete(id)) commit(engine, deleteDocument(engine, "notes", id));
        else if (kind === "apply") world.clock.advance(1_000);
        else if (kind === "reopen") {
          await engine.close();
          engine = await openTestEngine(world);
        }
        history.set(engine.version, new Map(rooms));
      }
      await engine.whenDurable(engine.version);
      for (const [since, then] of history) {
        for (const room of ["0", "1", "2"]) {
          const changes = changesIn(engine, room, since);
          if (bookSince === undefined || since < bookSince) {
            expect(changes).toBeUndefined();
            continue;
          }
          const isIn = (state: typeof rooms, id: string): boolean => state.get(id)?.room === room;
          const rows = ids.filter((id) => isIn(rooms, id) && (rooms.get(id)?.version ?? 0) > since);
          const gone = ids.filter((id) => isIn(then, id) && !isIn(rooms, id));
          expect(changes?.rows.map(({ id }) => id).sort()).toEqual(rows.sort());
          expect(changes?.rows.map(({ id, version }) => version === rooms.get(id)?.version)).toEqual(
            rows.map(() => true),
          );
          expect([...(changes?.gone ?? [])].sort()).toEqual(gone.sort());
        }
      }
      await engine.close();
    }),
    { numRuns: 60 },
  );
});
