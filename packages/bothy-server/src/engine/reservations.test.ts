import { documentKeys, keyRangeOf, tableOf, type Document, type Key, type KeyRange } from "bothy/internal";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createManualClock } from "../base/index.ts";
import type { DocumentWrite, Reservation } from "./engine.ts";
import {
  holdMs,
  holdsMax,
  rangeOfDocument,
  Reservations,
  reservationsMax,
  waitMs,
  type Footprint,
} from "./reservations.ts";
import { newId, testSchema } from "./test-engine.ts";

const ids = Array.from({ length: 6 }, () => newId("notes"));

/** A change of a note from one rank of a room to another. */
function moved(at: number, room: string, from: number | null, to: number | null): DocumentWrite {
  const id = ids[at % ids.length] ?? "";
  const keysAt = (rank: number | null): readonly Key[] | null =>
    rank === null
      ? null
      : documentKeys(tableOf(testSchema, "notes"), { _id: id, _creationTime: 0, room, rank, body: "" } as Document);
  return { table: "notes", id, text: to === null ? null : "{}", before: keysAt(from), after: keysAt(to) };
}

function ranks(room: string, from: number, to: number): KeyRange {
  return keyRangeOf(testSchema, {
    table: "notes",
    index: "by_room",
    prefix: [room],
    lower: { value: from, isInclusive: true },
    upper: { value: to, isInclusive: true },
  });
}

const room = fc.constantFrom("a", "b");
const rank = fc.integer({ min: 0, max: 9 });
const footprint: fc.Arbitrary<Footprint> = fc.record({
  reads: fc.array(
    fc.tuple(room, rank, rank).map(([name, from, to]) => ranks(name, from, to)),
    { maxLength: 2 },
  ),
  writes: fc.array(
    fc
      .tuple(fc.nat({ max: 5 }), room, fc.option(rank), fc.option(rank))
      .map(([at, name, from, to]) => moved(at, name, from, to)),
    { maxLength: 2 },
  ),
});

function rangesOf({ reads, writes }: Footprint): readonly KeyRange[] {
  return [...reads, ...writes.map(rangeOfDocument)];
}

/** Whether one writes into what the other reads, told without any index. */
function writesInto(writes: readonly DocumentWrite[], ranges: readonly KeyRange[]): boolean {
  return writes.some(({ table, before, after }) =>
    ranges.some((range) => {
      const at = tableOf(testSchema, table).indexes.findIndex(({ name }) => name === range.index);
      return [before?.[at], after?.[at]].some((key) => key !== undefined && range.lower <= key && key < range.upper);
    }),
  );
}

function meet(one: Footprint, other: Footprint): boolean {
  return writesInto(one.writes, rangesOf(other)) || writesInto(other.writes, rangesOf(one));
}

function isSettled(promise: Promise<void>): Promise<boolean> {
  return Promise.race([
    promise.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
  ]);
}

test("[EN14] those that meet get their turns in order of arrival, all others at once, and commits wait for those before them", async () => {
  const step = fc.record({ kind: fc.constantFrom("reserve", "again", "end"), footprint, which: fc.nat() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.array(footprint, { maxLength: 5 }),
      async (steps, commits) => {
        const reservations = new Reservations(createManualClock(), () => testSchema);
        const line: { reservation: Reservation; footprint: Footprint; isHeld: boolean }[] = [];
        for (const { kind, footprint, which } of steps) {
          const at = which % Math.max(1, line.length);
          const place = line[at];
          if (kind === "reserve" || place === undefined)
            line.push({ reservation: reservations.reserve(footprint), footprint, isHeld: false });
          else if (kind === "end") {
            place.reservation.end();
            line.splice(at, 1);
          } else {
            expect(reservations.reserve(footprint, place.reservation)).toBe(place.reservation);
            Object.assign(place, { footprint, isHeld: false });
          }
          for (const [i, one] of line.entries()) {
            one.isHeld ||= !line.slice(0, i).some((other) => meet(other.footprint, one.footprint));
            expect(await isSettled(one.reservation.turn())).toBe(one.isHeld);
          }
        }
        for (const { writes } of commits) {
          const met = line.map((place) => writesInto(writes, rangesOf(place.footprint)));
          expect(reservations.mustWait(writes, undefined)).toBe(met.includes(true));
          for (const [i, { reservation }] of line.entries())
            expect(reservations.mustWait(writes, reservation)).toBe(met.slice(0, i).includes(true));
        }
        expect(reservations.figures.reserved).toBe(line.length);
      },
    ),
    { numRuns: 150 },
  );
});

const hot: Footprint = { reads: [ranks("a", 0, 9)], writes: [moved(0, "a", 1, 2)] };

test("[EN16] [EN18] a turn ends after 50 ms: the others go first, and after the third the transaction is told contention", async () => {
  const clock = createManualClock();
  const reservations = new Reservations(clock, () => testSchema);
  const [slow, next] = [reservations.reserve(hot), reservations.reserve(hot)];
  expect(await isSettled(next.turn())).toBe(false);
  clock.advance(holdMs - 1);
  expect(await isSettled(next.turn())).toBe(false);
  clock.advance(1);
  expect(await isSettled(next.turn())).toBe(true);
  // It stands behind the other now, and its commit would have to wait.
  expect(reservations.mustWait(hot.writes, slow)).toBe(true);
  expect(reservations.mustWait(hot.writes, next)).toBe(false);
  next.end();
  expect(reservations.mustWait(hot.writes, slow)).toBe(false);
  clock.advance(holdMs * (holdsMax - 1) - 1);
  expect(slow.isSpent).toBe(false);
  clock.advance(1);
  expect(slow.isSpent).toBe(true);
  expect(reservations.mustWait(hot.writes, undefined)).toBe(false);
  expect(reservations.figures).toMatchObject({ reservations: 2, expired: 3, givenUp: 1, reserved: 0 });
  expect(clock.pendingCount).toBe(0);
});

test("[EN16] nobody waits longer than five seconds, however long the line is", async () => {
  const clock = createManualClock();
  const reservations = new Reservations(clock, () => testSchema);
  const line = Array.from({ length: 200 }, () => reservations.reserve(hot));
  const last = line.at(-1);
  for (let elapsedMs = 0; elapsedMs < waitMs; elapsedMs += holdMs) clock.advance(holdMs);
  await last?.turn();
  clock.advance(holdMs * 3 * line.length);
  expect(line.every(({ isSpent }) => isSpent)).toBe(true);
  expect(reservations.figures).toMatchObject({ reserved: 0, givenUp: 200 });
  expect(clock.pendingCount).toBe(0);
});

test("[EN16] the line is bounded: who comes when it is full is told contention at once", async () => {
  const reservations = new Reservations(createManualClock(), () => testSchema);
  // They read only: nobody is in another's way.
  const reader: Footprint = { reads: [ranks("a", 0, 9)], writes: [] };
  for (let count = 0; count < reservationsMax; count++) expect(reservations.reserve(reader).isSpent).toBe(false);
  const tooMany = reservations.reserve(reader);
  expect(tooMany.isSpent).toBe(true);
  await tooMany.turn();
  expect(reservations.figures.reserved).toBe(reservationsMax);
});
