import { expect, test } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { Operation } from "./check-history.ts";

function operation(
  kind: Operation["kind"],
  counters: Readonly<Record<string, number>>,
  begunAt: number,
  endedAt: number,
): Operation {
  return { kind, names: Object.keys(counters), values: Object.values(counters), begunAt, endedAt };
}

test("the check takes a history that some order explains", () => {
  expect(
    checkHistory([
      operation("added", { x: 1 }, 1, 9),
      operation("added", { x: 2, y: 1 }, 2, 8),
      operation("read", { x: 1, y: 0 }, 3, 7),
      operation("read", { x: 2, y: 1 }, 10, 11),
    ]),
  ).toEqual([]);
});

test.each([
  ["a lost addition", [operation("added", { x: 1 }, 1, 2), operation("added", { x: 1 }, 3, 4)]],
  ["a doubled addition", [operation("added", { x: 1 }, 1, 2), operation("added", { x: 3 }, 3, 4)]],
  ["a read of what is over", [operation("added", { x: 1 }, 1, 2), operation("read", { x: 0 }, 3, 4)]],
  ["a read of what nobody wrote", [operation("added", { x: 1 }, 1, 2), operation("read", { x: 2 }, 3, 4)]],
  ["half a transaction", [operation("added", { x: 1, y: 1 }, 1, 9), operation("read", { x: 1, y: 0 }, 2, 8)]],
  [
    "two readers that see two writers in different orders",
    [
      operation("added", { x: 1 }, 1, 9),
      operation("added", { y: 1 }, 1, 9),
      operation("read", { x: 1, y: 0 }, 1, 9),
      operation("read", { x: 0, y: 1 }, 1, 9),
    ],
  ],
  ["write skew", [operation("added", { x: 1, y: 2 }, 1, 9), operation("added", { y: 1, x: 2 }, 1, 9)]],
])("the check finds %s", (_, operations) => {
  expect(checkHistory(operations)).not.toEqual([]);
});
