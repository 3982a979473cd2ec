import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openDevice } from "../raw-device.ts";
import { codeOf, openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(() => scene.expectPeace());
afterAll(() => scene.close());

/** What takes time or memory without end is met by the limits of a call; several run at once, as they would in anger. */
const memoryBombs: readonly (readonly [what: string, name: string])[] = [
  ["an array that grows", "arrayGrowth"],
  ["a text that doubles", "stringDoubling"],
  ["buffers beside the heap", "offHeapBuffers"],
  ["typed arrays", "typedArrays"],
  ["a map that grows", "mapGrowth"],
  ["a set that grows", "setGrowth"],
  ["an object with ever more fields", "objectKeys"],
  ["closures", "closures"],
  ["a chain of promises", "promiseChain"],
  ["promises that nothing settles", "neverSettledPromises"],
  ["rejections that nobody handles", "unhandledRejections"],
  ["JSON inside JSON", "jsonBlowUp"],
  ["objects inside objects", "deepNesting"],
  ["a sparse array that is filled", "sparseArrayFill"],
  ["a generator that is collected", "generators"],
  ["a result of 40 MB", "hugeResult"],
];

const timeBombs: readonly (readonly [what: string, name: string])[] = [
  ["a loop", "endlessLoop"],
  ["a loop that awaits", "endlessAwait"],
  ["a promise that nothing settles", "waitForNothing"],
  ["a regular expression", "catastrophicRegex"],
  ["a number without bounds", "bigintGrowth"],
  ["a thread put to sleep", "sleepingThread"],
];

// Up to five at a time: two processes and the suspects have to do with all of them together.
describe.concurrent("[P11] [FN11] [FN12] takes too much and ends its own call with limit_exceeded:", () => {
  test.each(memoryBombs)("%s", async (_what, name) => {
    const { status, error } = await scene.call(`hostile:${name}`);
    expect([status, error?.code]).toEqual([429, "limit_exceeded"]);
  });
});

describe.concurrent("[P11] [FN11] [FN12] does not come to an end, and is ended with limit_exceeded:", () => {
  test.each(timeBombs)("%s", async (_what, name) => {
    const { status, error } = await scene.call(`hostile:${name}`);
    expect([status, error?.code]).toEqual([429, "limit_exceeded"]);
  });
});

describe("[P11] [FN5] [FN8] fails by itself and takes nothing along:", () => {
  test.each([
    ["writes without end", "manyWrites", "transaction_too_large"],
    ["a recursion without end", "recursion", "function_failed"],
    ["a number larger than numbers may be", "bigintTooBig", "function_failed"],
    ["a result nested without end", "deepResult", "returns_invalid"],
    ["process.exit", "processExit", "function_not_deterministic"],
    ["process.abort", "processAbort", "function_not_deterministic"],
    ["process.kill of the server", "processKill", "function_not_deterministic"],
    ["a rejection left behind", "rejectionLeftBehind", "function_failed"],
    ["null as an error", "thrownNull", "function_failed"],
    ["an error that throws when it is looked at", "thrownTrap", "function_failed"],
    ["an error of 20 MB", "thrownNovel", "function_failed"],
    ["an AppError of 20 MB", "thrownAppNovel", "function_failed"],
  ])("%s", async (_what, name, code) => {
    const { error } = await scene.call(`hostile:${name}`);
    expect(error?.code).toBe(code);
  });
});

describe("[SY19] [P11] as a device's mutation it is rejected with limit_exceeded, and the next one is applied:", () => {
  test.each(["hostile:spin", "hostile:devour"])("%s", async (name) => {
    const device = await openDevice(scene.url);
    const outcomes = await Promise.all([
      device.mutate("shared/rooms:join", { room: "r" }),
      device.mutate(name, {}),
      device.mutate("shared/rooms:join", { room: "s" }),
    ]);
    expect(outcomes.map(codeOf)).toEqual(["applied", "limit_exceeded", "applied"]);
    device.close();
  });
});
