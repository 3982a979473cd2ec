import { expect, test } from "vitest";
import { addSent, type SentChange } from "./sent-changes.ts";

const entry = (n: number | null) => ({ n, name: "add", args: null, timeMs: 1 });
const nsOf = (sent: readonly SentChange[]) => sent.map(({ n }) => n);
const options = { sentMs: 9, rejectedNs: new Set<number>() };

test("what left the outbox was sent, the last one first", () => {
  const sent = addSent(addSent([], [entry(1), entry(2)], options), [entry(3)], { ...options, sentMs: 10 });
  expect(nsOf(sent)).toEqual([3, 2, 1]);
  expect(sent.map(({ sentMs }) => sentMs)).toEqual([10, 9, 9]);
});

test("what was refused, or only got its number, was not sent", () => {
  expect(nsOf(addSent([], [entry(null), entry(4), entry(5)], { ...options, rejectedNs: new Set([4]) }))).toEqual([5]);
});

test("a long day does not fill the memory", () => {
  const left = Array.from({ length: 200 }, (_, n) => entry(n));
  const sent = addSent([], left, options);
  expect(sent.length).toBe(50);
  expect(sent[0]?.n).toBe(199);
});
