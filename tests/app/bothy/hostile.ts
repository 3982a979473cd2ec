import { AppError } from "bothy";
import { internalMutation, mutation } from "./_generated/server.js";

/**
 * Functions as no app should have them: each writes a message into the room "control" and then takes memory or time
 * without end, or tries to take its process along. That message must never be stored.
 */
const bomb = (explode: () => unknown) =>
  internalMutation({
    args: {},
    handler: async ({ db }) => {
      await db.insert("messages", { room: "control", author: "bomb", body: "must never be stored", isClosed: false });
      await explode();
      return null;
    },
  });

// Memory.

export const arrayGrowth = bomb(() => {
  const kept: object[] = [];
  for (let i = 0; ; i++) kept.push({ at: i, text: `element ${i}` });
});

export const stringDoubling = bomb(() => {
  const kept: string[][] = [];
  for (let text = "x"; ; text += text) kept.push(text.split(""));
});

export const offHeapBuffers = bomb(() => {
  const kept: Uint8Array[] = [];
  for (;;) kept.push(new Uint8Array(new ArrayBuffer(16_000_000)).fill(1));
});

export const typedArrays = bomb(() => {
  const kept: Float64Array[] = [];
  for (;;) kept.push(new Float64Array(2_000_000).fill(Math.PI));
});

export const mapGrowth = bomb(() => {
  const map = new Map<string, object>();
  for (let i = 0; ; i++) map.set(`key ${i}`, { i });
});

export const setGrowth = bomb(() => {
  const set = new Set<string>();
  for (let i = 0; ; i++) set.add(`value ${i}`);
});

export const objectKeys = bomb(() => {
  const object: Record<string, number> = {};
  for (let i = 0; ; i++) object[`field ${i}`] = i;
});

export const closures = bomb(() => {
  const kept: (() => number)[] = [];
  for (let i = 0; ; i++) {
    const big = Array.from({ length: 100 }, () => i);
    kept.push(() => big.length);
  }
});

export const promiseChain = bomb(() => {
  const kept: Promise<number>[] = [];
  for (let last = Promise.resolve(0); ; last = last.then((n) => n + 1)) kept.push(last);
});

export const neverSettledPromises = bomb(() => {
  const kept: Promise<never>[] = [];
  for (;;) kept.push(new Promise(() => {}));
});

export const unhandledRejections = bomb(() => {
  for (let i = 0; ; i++) void Promise.reject(new Error(`rejection ${i}`));
});

export const jsonBlowUp = bomb(() => {
  for (let json = "[1,2]"; ;) json = JSON.stringify([JSON.parse(json), JSON.parse(json), json]);
});

export const deepNesting = bomb(() => {
  for (let outer: object = {}; ;) outer = { outer, padding: Array.from({ length: 50 }, () => outer) };
});

export const sparseArrayFill = bomb(() => {
  const sparse: object[] = [];
  sparse.length = 300_000_000;
  return sparse.fill({}).map((element) => ({ ...element }));
});

export const generators = bomb(() => {
  const endless = function* () {
    for (let i = 0; ; i++) yield { i };
  };
  return [...endless()];
});

export const manyWrites = internalMutation({
  args: {},
  handler: async ({ db }) => {
    for (;;)
      await db.insert("messages", { room: "control", author: "bomb", body: "x".repeat(10_000), isClosed: false });
  },
});

export const hugeResult = internalMutation({ args: {}, handler: async () => "x".repeat(40_000_000) });

// The stack and the bounds of the language.

export const recursion = bomb(() => {
  const deeper = (n: number): number => deeper(n + 1) + 1;
  return deeper(0);
});

export const bigintTooBig = bomb(() => 2n ** (2n ** 60n));

export const deepResult = internalMutation({
  args: {},
  handler: async () => {
    let outer: unknown[] = [];
    for (let level = 0; level < 100_000; level++) outer = [outer];
    return outer as never;
  },
});

// Time.

export const endlessLoop = bomb(() => {
  for (;;);
});

export const endlessAwait = bomb(async () => {
  for (;;) await Promise.resolve();
});

export const waitForNothing = bomb(() => new Promise(() => {}));

export const catastrophicRegex = bomb(() => /^(a+)+$/.test(`${"a".repeat(60)}b`));

export const bigintGrowth = bomb(() => {
  for (let n = 3n; ;) n = (n * n) % 2n ** 400_000n;
});

export const sleepingThread = bomb(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));

// The process.

export const processExit = bomb(() => process.exit(0));

export const processAbort = bomb(() => process.abort());

export const processKill = bomb(() => process.kill(process.ppid, "SIGKILL"));

export const rejectionLeftBehind = bomb(() => void Promise.reject(new Error("nobody is listening")));

export const thrownNull = bomb(() => Promise.reject(null));

export const thrownTrap = bomb(() => {
  const trap = (): never => {
    throw new Error("trap");
  };
  return Promise.reject(new Proxy(new Error("trap"), { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap }));
});

export const thrownNovel = bomb(() => Promise.reject(new Error("x".repeat(20_000_000))));

export const thrownAppNovel = bomb(() => Promise.reject(new AppError("x".repeat(20_000_000))));

// What a device may call.

/** Never ends. */
export const spin = mutation({
  args: {},
  handler: async () => {
    for (;;);
  },
});

/** Takes all memory. */
export const devour = mutation({
  args: {},
  handler: async () => {
    const kept: Uint8Array[] = [];
    for (;;) kept.push(new Uint8Array(16_000_000).fill(1));
  },
});
