import { expect, test } from "vitest";
import { createReloads } from "./create-reloads.ts";

test("requests during a run lead to one more run, never to two at once", async () => {
  let running = 0;
  let runs = 0;
  const ends: (() => void)[] = [];
  const reloads = createReloads(async () => {
    running += 1;
    runs += 1;
    expect(running).toBe(1);
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
  });
  reloads.request();
  reloads.request();
  reloads.request();
  expect(runs).toBe(1);
  ends.shift()?.();
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  expect(runs).toBe(2);
  ends.shift()?.();
  await reloads.settled();
  expect([runs, running]).toEqual([2, 0]);
  reloads.request();
  ends.shift()?.();
  await reloads.settled();
  expect(runs).toBe(3);
});
