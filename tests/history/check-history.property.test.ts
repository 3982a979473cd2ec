import fc from "fast-check";
import { expect, test } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { HistoryLine, Key, Operation, Value } from "./check-history.ts";

/** What a transaction wants: to append to a key, or to read it. */
interface Wish {
  readonly key: number;
  readonly isAppend: boolean;
}

/** A transaction with how long before and after its moment it was under way. */
interface Plan {
  readonly wishes: readonly Wish[];
  readonly before: number;
  readonly after: number;
  readonly type: HistoryLine["type"];
}

const plan: fc.Arbitrary<Plan> = fc.record({
  wishes: fc.array(fc.record({ key: fc.nat(3), isAppend: fc.boolean() }), { minLength: 1, maxLength: 5 }),
  before: fc.nat(100),
  after: fc.nat(100),
  type: fc.constantFrom("ok", "ok", "ok", "ok", "info", "fail"),
});

const plans = fc.array(plan, { maxLength: 40 });

/** What a database does that runs one transaction after another, 10 moments apart. */
function runSerially(all: readonly Plan[]): HistoryLine[] {
  const lists = new Map<Key, readonly Value[]>();
  let value = 0;
  return all.map(({ wishes, before, after, type }, process) => {
    const own = new Map(lists);
    const ops = wishes.map(({ key, isAppend }): Operation => {
      const list = own.get(key) ?? [];
      if (!isAppend) return ["r", key, type === "ok" ? list : null];
      own.set(key, [...list, ++value]);
      return ["append", key, value];
    });
    // Half of the unknown ends have happened.
    if (type === "ok" || (type === "info" && after % 2 === 0)) for (const [key, list] of own) lists.set(key, list);
    return { process, start: process * 10 - before, end: process * 10 + after, type, ops };
  });
}

test("[HI4] what ran one after another passes, however long the calls were under way", () => {
  fc.assert(
    fc.property(plans, fc.infiniteStream(fc.nat(1_000)), (all, places) => {
      const history = runSerially(all).map((line) => ({ line, place: places.next().value ?? 0 }));
      const shuffled = history.toSorted((a, b) => a.place - b.place).map(({ line }) => line);
      expect(checkHistory(shuffled)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

/** Ways in which the list of one read may be wrong. */
const spoilers: readonly ((list: readonly Value[]) => readonly Value[])[] = [
  (list) => list.slice(0, -1),
  (list) => list.slice(1),
  (list) => [...list, 1_000],
  (list) => [...list, ...list.slice(-1)],
  (list) => list.toReversed(),
  () => [],
];

test("[HI4] any other list in any read is found, where calls do not overlap", () => {
  let spoiled = 0;
  fc.assert(
    fc.property(plans, fc.nat(), fc.constantFrom(...spoilers), (all, chosen, spoil) => {
      // What has an unknown end may as well not have happened.
      const known = all.map(({ wishes, type }) => ({
        wishes,
        before: 1,
        after: 2,
        type: type === "info" ? "ok" : type,
      }));
      const history = runSerially(known);
      const places = history.flatMap(({ type, ops }, at) =>
        ops.flatMap(([what, , list], op) => {
          const isWrong = what === "r" && type === "ok" && Array.isArray(list);
          return isWrong && JSON.stringify(spoil(list)) !== JSON.stringify(list) ? [{ at, op }] : [];
        }),
      );
      const place = places[chosen % Math.max(places.length, 1)];
      fc.pre(place !== undefined);
      spoiled += 1;
      const wrong = history.map((line, at) => ({
        ...line,
        ops: line.ops.map((done, op) => {
          if (done[0] !== "r" || at !== place?.at || op !== place.op) return done;
          return ["r", done[1], spoil(done[2] ?? [])] as const;
        }),
      }));
      expect(checkHistory(wrong)).not.toEqual([]);
    }),
    { numRuns: 500 },
  );
  expect(spoiled).toBeGreaterThanOrEqual(500);
});

test("[HI4] two transactions that changed places against real time are found, if one saw the other", () => {
  fc.assert(
    fc.property(plans, fc.nat(), (all, chosen) => {
      const history = runSerially(all.map((one) => ({ ...one, type: "ok", before: 1, after: 2 })));
      const at = history.length === 0 ? 0 : chosen % history.length;
      const [one, other] = [history[at], history[at + 1]];
      fc.pre(one !== undefined && other !== undefined);
      if (one === undefined || other === undefined) return;
      const appended = one.ops.filter(([what]) => what === "append").map(([, key]) => key);
      fc.pre(other.ops.some(([what, key]) => what === "r" && appended.includes(key)));
      const swapped = history.map((line) => {
        if (line === one) return { ...line, start: other.start, end: other.end };
        return line === other ? { ...line, start: one.start, end: one.end } : line;
      });
      expect(checkHistory(swapped)).not.toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("[HI4] a transaction that left one of its appends and not another is found, whatever is known of its end", () => {
  fc.assert(
    fc.property(plans, fc.nat(), fc.constantFrom("ok", "info"), (all, chosen, type) => {
      const readAll: Plan = {
        wishes: [0, 1, 2, 3].map((key) => ({ key, isAppend: false })),
        before: 1,
        after: 2,
        type: "ok",
      };
      const history = runSerially([...all, readAll].map((one) => ({ ...one, type: "ok" })));
      // Of a key to which it appended once and of another: the first value disappears from all lists.
      const torn = history.flatMap((line) => {
        const appends = line.ops.flatMap((op) => (op[0] === "append" ? [op] : []));
        const lost = appends.find(([, key]) => appends.some(([, other]) => other !== key));
        return lost === undefined ? [] : [{ line, lost }];
      });
      const place = torn[chosen % Math.max(torn.length, 1)];
      fc.pre(place !== undefined);
      if (place === undefined) return;
      const [, lostKey, lostValue] = place.lost;
      const wrong = history.map((line): HistoryLine => {
        if (line === place.line && type === "info")
          return { ...line, type, ops: line.ops.map((op) => (op[0] === "r" ? ["r", op[1], null] : op)) };
        const ops = line.ops.map((op): Operation => {
          if (op[0] === "append" || op[1] !== lostKey || line === place.line) return op;
          return ["r", op[1], (op[2] ?? []).filter((value) => value !== lostValue)];
        });
        return { ...line, ops };
      });
      expect(checkHistory(wrong)).not.toEqual([]);
    }),
    { numRuns: 300 },
  );
});
