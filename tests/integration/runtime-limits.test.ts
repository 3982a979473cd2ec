import { afterAll, beforeAll, expect, test } from "vitest";
import { openStage } from "./runtime-stage.ts";
import type { Stage } from "./runtime-stage.ts";

/** Bodies of functions that take memory without end. */
const memoryBombs: Readonly<Record<string, string>> = {
  arrayGrowth: "const a = []; for (;;) a.push({ at: a.length, text: 'x' + a.length });",
  stringDoubling: "let s = 'x'; const kept = []; for (;;) { s = s + s; kept.push(s.split('')); }",
  bufferAllocation: "const kept = []; for (;;) kept.push(new Uint8Array(16_000_000).fill(1));",
  nodeBuffers: "const kept = []; for (;;) kept.push(Buffer.alloc(16_000_000, 1));",
  mapGrowth: "const m = new Map(); for (let i = 0; ; i++) m.set('key ' + i, { i });",
  setGrowth: "const s = new Set(); for (let i = 0; ; i++) s.add('value ' + i);",
  closures: "const kept = []; for (let i = 0; ; i++) { const big = new Array(100).fill(i); kept.push(() => big); }",
  promiseChain: "let p = Promise.resolve(0); const kept = []; for (;;) { p = p.then((n) => n + 1); kept.push(p); }",
  jsonBlowup: "let o = { a: 1 }; for (;;) o = { a: o, b: o, c: JSON.parse(JSON.stringify(o)) };",
  typedArrays: "const kept = []; for (;;) { const f = new Float64Array(2_000_000); f.fill(Math.PI); kept.push(f); }",
  deepObjects: "let o = {}; for (;;) { o = { inner: o, pad: new Array(50).fill(o) }; }",
  sparseArray: "const a = []; a.length = 300_000_000; return a.fill({}).map((x) => ({ ...x })).length;",
  unhandledRejections: "for (let i = 0; ; i++) void Promise.reject(new Error('n ' + i));",
  manyNeverSettled: "const kept = []; for (let i = 0; ; i++) kept.push(new Promise(() => i));",
  hugeResult: "return 'x'.repeat(400_000_000);",
};

/** Bodies of functions that never come to an end. */
const timeBombs: Readonly<Record<string, string>> = {
  endlessLoop: "for (;;) {}",
  asyncLoop: "for (;;) await null;",
  asyncLoopOfReads: "for (;;) await ctx.db.get('none').catch(() => null);",
  neverSettled: "await new Promise(() => {});",
  regex: "return /^(a+)+$/.test('a'.repeat(60) + 'b');",
  sharedMemory: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); return 1;",
  hugePrint: "for (;;) console.log('x'.repeat(1_000_000));",
  bigint: "let b = 3n; for (;;) b = b * b % (2n ** 400_000n);",
};

/** Bodies of functions that fail by themselves, and would take the process along if they could. */
const failures: Readonly<Record<string, string>> = {
  recursion: "const deeper = (n) => deeper(n + 1) + 1; return deeper(0);",
  stringLength: "let s = 'x'; for (;;) s = s + s;",
  bigintSize: "return 2n ** (2n ** 60n);",
  arrayLength: "return new Array(2 ** 32).fill(1);",
  processExit: "process.exit(0);",
  processAbort: "process.abort();",
};

/** The same in functions of the other kinds, which are called for what devices send and hold. */
const otherKinds: Readonly<Record<string, string>> = {
  mutationLoop: "mutation(async ({ db }) => { await db.insert('notes', {}); for (;;) await null; })",
  scopeLoop: "scope(async () => { for (;;) await null; })",
};

const functions = `import { mutation, query, scope } from "bothy";
export const quick = query(async () => "fine");
${Object.entries({ ...memoryBombs, ...timeBombs, ...failures })
  .map(([name, body]) => `export const ${name} = query(async (ctx) => { ${body} });`)
  .join("\n")}
${Object.entries(otherKinds)
  .map(([name, made]) => `export const ${name} = ${made};`)
  .join("\n")}
`;

const schema = `import { defineSchema, defineTable } from "bothy";
export default defineSchema({ notes: defineTable({}) });
`;
const app = { "schema.ts": schema, "bombs.ts": functions };

const mebibyte = 1_048_576;
/** Too much memory is met long before the time is over, on a busy machine too, and the other way round. */
const small = { heapBytes: 64 * mebibyte, residentBytes: 256 * mebibyte, callMs: 120_000 };
/** For two runs, each until its process has met a limit. */
const explosionMs = 300_000;
const short = { heapBytes: 256 * mebibyte, residentBytes: 512 * mebibyte, callMs: 400 };
let smallStage: Stage;
let shortStage: Stage;
beforeAll(async () => {
  smallStage = await openStage(app, small);
  shortStage = await openStage(app, short);
});
afterAll(async () => {
  await smallStage.close();
  await shortStage.close();
});

/** Calls a bomb while others call what is harmless, some of them in the very same process. */
async function explode(stage: Stage, name: string) {
  let isOver = false;
  const bomb = stage.call(`bombs:${name}`).finally(() => (isOver = true));
  while (!isOver) {
    await expect(stage.query("bombs:quick")).resolves.toBe("fine");
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect(Promise.all([1, 2, 3, 4].map(() => stage.query("bombs:quick")))).resolves.toEqual([
    "fine",
    "fine",
    "fine",
    "fine",
  ]);
  return bomb;
}

test.each(Object.keys(memoryBombs))(
  "[FN11] [FN12] %s ends as an error of its own call, and everybody else is answered",
  async (name) => {
    const outcome = await explode(smallStage, name);
    if (outcome.kind === "exceeded")
      expect(outcome.error).toMatchObject({ code: "limit_exceeded", message: expect.stringContaining("memory") });
    // Some are stopped by a bound of the language itself, or of what a result may be.
    else
      expect(outcome).toMatchObject({
        kind: "threw",
        error: { code: expect.stringMatching(/^function_failed$|^limit_exceeded$/u) },
      });
  },
  explosionMs,
);

test.each([...Object.keys(timeBombs), ...Object.keys(otherKinds)])(
  "[FN11] [FN12] %s ends as an error of its own call, and everybody else is answered",
  async (name) => {
    const outcome = await explode(shortStage, name);
    expect(outcome).toMatchObject({
      kind: "exceeded",
      error: { code: "limit_exceeded", message: expect.stringContaining("400 ms") },
    });
  },
);

test.each(Object.keys(failures))("[FN11] %s fails its own call only", async (name) => {
  const outcome = await explode(shortStage, name);
  expect(outcome).toMatchObject({ kind: "threw", error: { code: expect.stringMatching(/^function_/u) } });
});

test("[FN11] several bombs at once end as errors of their own calls, while innocent calls are answered", async () => {
  const guilty = ["endlessLoop", "asyncLoop", "processExit", "regex"].map((name) => shortStage.call(`bombs:${name}`));
  const innocent = Array.from({ length: 20 }, () => shortStage.query("bombs:quick"));
  await expect(Promise.all(innocent)).resolves.toEqual(innocent.map(() => "fine"));
  for (const outcome of await Promise.all(guilty)) expect(outcome.kind).not.toBe("returned");
});
