import { expect, test } from "vitest";
import { createManualClock } from "./manual-clock.ts";
import { createSeededRandom } from "./seeded-random.ts";

test("a manual clock runs what falls due in order of time, also what is added on the way", () => {
  const clock = createManualClock(1_000);
  const ran: string[] = [];
  clock.after(30, () => ran.push(`c ${clock.monotonicMs()}`));
  clock.after(10, () => {
    ran.push(`a ${clock.monotonicMs()}`);
    clock.after(5, () => ran.push(`b ${clock.nowMs()}`));
  });
  clock.after(20, () => ran.push("never"))();
  clock.advance(40);
  expect([ran, clock.nowMs(), clock.pendingCount]).toEqual([["a 10", "b 1015", "c 30"], 1_040, 0]);
});

test("seeded randomness repeats for its seed and differs between seeds", () => {
  const bytes = (seed: number): string => createSeededRandom(seed).bytes(32).join();
  expect(bytes(1)).toBe(bytes(1));
  expect(new Set([bytes(0), bytes(1), bytes(2), bytes(-1)]).size).toBe(4);
  const random = createSeededRandom(5);
  const counts = [0, 0, 0];
  for (let i = 0; i < 3_000; i++) counts[random.below(3)] = (counts[random.below(3)] ?? 0) + 1;
  expect(Math.min(...counts)).toBeGreaterThan(800);
});
