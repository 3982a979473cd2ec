import { expect, test } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { HistoryLine, Operation, Value } from "./check-history.ts";

const writersAtOnce = 16;

/** Transactions that read and append to lists of up to 40 elements, 16 under way at any time. */
function longHistory(count: number): HistoryLine[] {
  const lists = new Map<number, Value[]>();
  return Array.from({ length: count }, (_, at) => {
    const ops: Operation[] = [at % 7, 10 + (at % 11)].flatMap((slot): Operation[] => {
      const key = slot + 1_000 * Math.floor(at / 280);
      const list = lists.get(key) ?? [];
      lists.set(key, list);
      const read: Operation = ["r", key, [...list]];
      if (at % 3 === 0) return [read];
      list.push(at);
      return [read, ["append", key, at]];
    });
    return { process: at % writersAtOnce, start: at * 10 - 70, end: at * 10 + 70, type: "ok", ops };
  });
}

test("[HI5] a long history is checked, and one stale read in the middle of it is found", () => {
  const history = longHistory(30_000);
  expect(checkHistory(history)).toEqual([]);
  const at = history.findIndex(
    ({ ops }, place) => place > 15_000 && ops[0]?.[0] === "r" && (ops[0][2]?.length ?? 0) > 15,
  );
  const stale = history.map((line, place): HistoryLine => {
    const [first, ...others] = line.ops;
    if (place !== at || first === undefined || first[0] === "append") return line;
    return { ...line, ops: [["r", first[1], first[2]?.slice(0, 5) ?? null], ...others] };
  });
  const [found, ...others] = checkHistory(stale);
  expect(others).toEqual([]);
  expect(found?.lines).toContain(at + 1);
});

test("[HI5] a history that is one large knot is told in bounded time, by a shortest cycle", () => {
  const history = longHistory(20_000);
  // The first lists of all, read once more at the end.
  const ops = history[0]?.ops ?? [];
  const last: HistoryLine = { process: "late", start: 300_000, end: 300_001, type: "ok", ops };
  const [lost, found, ...others] = checkHistory([...history, last]);
  expect(lost).toMatchObject({ kind: "lost-append" });
  expect(found).toMatchObject({ kind: "G-single-realtime", lines: { length: 2 } });
  expect(found?.message).toContain("a shortest cycle of a knot of 19");
  expect(others).toEqual([]);
});
