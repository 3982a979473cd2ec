import { expect, test } from "vitest";
import type { PushedMutation } from "../protocol/index.ts";
import { planPush, pushLimits } from "./push-plan.ts";

function mutation(n: number, args: string = ""): PushedMutation {
  return { n, nonce: "", name: "f", version: "", args, time: 0 };
}

const numbers = (frame: readonly PushedMutation[]): number[] => frame.map(({ n }) => n);

test("[SY17] mutations go in order and stop at a gap", () => {
  const known = new Map([4, 5, 7].map((n) => [n, mutation(n)]));
  const at = (n: number) => known.get(n);
  expect(numbers(planPush({ next: 4, answered: 3, isProbing: false }, at))).toEqual([4, 5]);
  expect(planPush({ next: 6, answered: 3, isProbing: false }, at)).toEqual([]);
});

test("[CL7] no more than the window is on its way", () => {
  const place = { next: 1, answered: 0, isProbing: false };
  const frame = planPush(place, mutation);
  expect(frame).toHaveLength(pushLimits.inFlightMax);
  expect(planPush({ ...place, next: 101 }, mutation)).toEqual([]);
  expect(numbers(planPush({ ...place, next: 101, answered: 2 }, mutation))).toEqual([101, 102]);
});

test("[CL7] a frame is bounded, and a mutation larger than the bound goes alone", () => {
  const half = "x".repeat(pushLimits.frameBytesMax / 2);
  const place = { next: 1, answered: 0, isProbing: false };
  expect(planPush(place, (n) => mutation(n, half))).toHaveLength(1);
  expect(numbers(planPush(place, (n) => (n < 4 ? mutation(n, n === 1 ? half + half : "") : undefined)))).toEqual([1]);
});

test("[SY21] a probe sends one and waits for its answer", () => {
  expect(numbers(planPush({ next: 6, answered: 5, isProbing: true }, mutation))).toEqual([6]);
  expect(planPush({ next: 7, answered: 5, isProbing: true }, mutation)).toEqual([]);
});
