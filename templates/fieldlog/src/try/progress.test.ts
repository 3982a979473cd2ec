import { expect, test } from "vitest";
import { advance, nextStep, parseProgress, type Progress, type Sight } from "./progress.ts";

const calm: Sight = {
  nowMs: 100,
  state: "online",
  waitingMs: [],
  loadedMs: 10,
  wasOnline: true,
  windowCount: 1,
  conflictCount: 0,
};

/** Ticks after one sight after another, from a page that was just opened. */
function after(sights: readonly Partial<Sight>[], from: Progress = { started: 1 }): readonly string[] {
  let progress = from;
  for (const sight of sights) progress = advance(progress, { ...calm, ...sight });
  return Object.keys(progress).filter((name) => name !== "started");
}

const away = { state: "offline", nowMs: 200 } as const;
const written = { ...away, nowMs: 300, waitingMs: [250] };

test("nothing is ticked before the page was opened", () => {
  expect(after([{ ...written, windowCount: 3, conflictCount: 1 }], {})).toEqual([]);
});

test("each step is ticked by what really happens, in the order of the page", () => {
  const sights: readonly Partial<Sight>[] = [
    calm,
    away,
    written,
    { ...written, nowMs: 400, loadedMs: 350, wasOnline: false },
    { nowMs: 500, loadedMs: 350 },
    { nowMs: 600, windowCount: 2 },
    { nowMs: 700, conflictCount: 1 },
  ];
  const ticked = sights.map((_, count) => after(sights.slice(0, count + 1)).length);
  expect(ticked).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(after(sights)).toEqual(["cut", "write", "reload", "back", "second", "conflict"]);
});

test("working offline by choice counts as offline, connecting does not", () => {
  expect(after([{ state: "paused" }])).toEqual(["cut"]);
  expect(after([{ state: "connecting" }, { state: "ahead" }, { state: "updateNeeded" }])).toEqual([]);
});

test("a change that was made before the server went is not one written offline", () => {
  expect(after([{ ...away, waitingMs: [150] }])).toEqual(["cut"]);
});

test("a reload counts while the server is gone and the change still waits", () => {
  const reloaded = { ...written, nowMs: 400, loadedMs: 350 };
  expect(after([away, written, { ...reloaded, wasOnline: true }])).not.toContain("reload");
  expect(after([away, written, { ...reloaded, wasOnline: false, waitingMs: [] }])).not.toContain("reload");
  expect(after([away, written, { ...reloaded, wasOnline: false, loadedMs: 290 }])).not.toContain("reload");
  expect(after([away, written, { ...reloaded, wasOnline: false }])).toContain("reload");
});

test("the server is back once nothing waits any more", () => {
  expect(after([away, written, { nowMs: 400, waitingMs: [250] }])).not.toContain("back");
  expect(after([away, { nowMs: 400 }])).toEqual(["cut"]);
  expect(after([away, written, { nowMs: 400 }])).toContain("back");
});

test("a sight that brings nothing new changes nothing", () => {
  const progress: Progress = { started: 1, cut: 200 };
  expect(advance(progress, { ...calm, ...away, nowMs: 900 })).toBe(progress);
});

test("the next step is the first that has not happened", () => {
  expect(nextStep({ cut: 1, back: 1 })).toBe("write");
  expect(nextStep({ cut: 1, write: 1, reload: 1, back: 1, second: 1, conflict: 1 })).toBe(undefined);
});

test("what is stored and not understood did not happen", () => {
  expect(parseProgress('{"started":5,"cut":7,"write":"yes","other":1}')).toEqual({ started: 5, cut: 7 });
  for (const text of [null, "", "[1]", "7", "null", "{"]) expect(parseProgress(text)).toEqual({});
});
