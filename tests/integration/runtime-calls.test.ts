import type { Json } from "bothy/internal";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CallOutcome } from "../../packages/bothy-server/dist/runtime/index.js";
import { openStage } from "./runtime-stage.ts";
import type { Stage } from "./runtime-stage.ts";

const schema = `import { defineSchema, defineTable, v } from "bothy";
export default defineSchema({
  notes: defineTable({ text: v.string(), likes: v.number() }).index("by_text", ["text"]),
  counters: defineTable({ name: v.string(), value: v.number() }).index("by_name", ["name"]),
});
`;

const notes = `import { createFunctions, inc, v, AppError } from "bothy";
const { query, mutation, internalQuery, scope, range } = createFunctions();
export const list = query({ args: {}, handler: async ({ db }) => (await db.query("notes").withIndex("by_text").collect()).map((n) => n.text) });
export const first = query({ args: { n: v.number() }, handler: async ({ db }, { n }) => (await db.query("notes").withIndex("by_text").take(n)).map((d) => d.text) });
export const add = mutation({ args: { text: v.string() }, handler: async ({ db }, { text }) => db.insert("notes", { text, likes: 0 }) });
export const get = query({ args: { id: v.id("notes") }, handler: async ({ db }, { id }) => db.get(id) });
export const remove = mutation({ args: { id: v.id("notes") }, handler: async ({ db }, { id }) => { await db.delete(id); return null; } });
export const bump = mutation({ args: { name: v.string() }, handler: async ({ db }, { name }) => {
  const counter = await db.query("counters").withIndex("by_name", (q) => q.eq("name", name)).unique();
  if (counter === null) { await db.insert("counters", { name, value: 1 }); return 1; }
  await db.patch(counter._id, { value: counter.value + 1 });
  return counter.value + 1;
} });
export const value = query({ args: { name: v.string() }, handler: async ({ db }, { name }) =>
  (await db.query("counters").withIndex("by_name", (q) => q.eq("name", name)).unique())?.value ?? 0 });
export const move = mutation({ args: { a: v.string(), b: v.string() }, handler: async ({ db }, pair) => {
  const [a, b] = await Promise.all([pair.a, pair.b].map((name) => db.query("counters").withIndex("by_name", (q) => q.eq("name", name)).unique()));
  await db.patch(a._id, { value: a.value - 1 });
  await db.patch(b._id, { value: b.value + 1 });
  return null;
} });
export const sum = query({ args: { a: v.string(), b: v.string() }, handler: async ({ db }, pair) => {
  const a = await db.query("counters").withIndex("by_name", (q) => q.eq("name", pair.a)).unique();
  const b = await db.query("counters").withIndex("by_name", (q) => q.eq("name", pair.b)).unique();
  return (a?.value ?? 0) + (b?.value ?? 0);
} });
export const set = mutation({ args: { name: v.string(), value: v.number() }, handler: async ({ db }, args) => db.insert("counters", args) });
export const chance = query({ args: {}, handler: async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return [Math.random(), Math.random(), crypto.randomUUID(), [...bytes], Date.now(), new Date().toISOString(), new Date(5).getTime(), new Date() instanceof Date];
} });
export const who = query({ args: {}, handler: async ({ auth }) => (await auth.getUserIdentity())?.subject ?? null });
export const seed = mutation({ args: { text: v.string() }, handler: async ({ db }, { text }) => {
  for (let i = 0; i < (text === "twice" ? 2 : 1); i++) await db.insert("notes", { text: "seeded " + text, likes: Math.random() });
  return Math.random();
} });
export const like = mutation({ args: { id: v.id("notes") }, handler: async ({ db }, { id }) => { await db.patch(id, { likes: inc(1) }); return null; } });
export const refuse = mutation({ args: { at: v.int64() }, handler: async ({ db }, { at }) => {
  await db.insert("notes", { text: "never", likes: 0 });
  throw new AppError({ reason: "closed", at });
} });
export const fault = query({ args: {}, handler: async () => { throw new TypeError("no such thing"); } });
export const leftover = query({ args: {}, handler: async () => { void Promise.reject(new Error("left behind")); return 1; } });
export const badResult = query({ args: {}, handler: async () => new Map([[1, 2]]) });
export const wrongResult = query({ args: {}, returns: v.string(), handler: async () => 5 as unknown as string });
export const hugeResult = query({ args: {}, handler: async () => Array.from({ length: 17 }, () => "x".repeat(1_000_000)) });
export const nothing = query({ args: {}, handler: async () => undefined });
export const hidden = internalQuery({ args: {}, handler: async () => 7 });
export const print = query({ args: { lines: v.number() }, handler: async (_, { lines }) => { for (let i = 0; i < lines; i++) console.log("line", i); return null; } });
export const environment = query({ args: {}, handler: async () => [Object.keys(process.env), new Date(0).getHours()] });
export const mine = scope(async ({ auth }) => { await auth.getUserIdentity(); return [range("notes", "by_text", (q) => q.eq("text", "a")).newest(3)]; });
export const timedScope = scope(async () => { Date.now(); return []; });
export const untilScope = scope({ args: { forMs: v.number() }, lease: "8h", handler: async (_, { forMs }) => ({ ranges: [range("notes", "by_text")], until: new Date().getTime() + forMs }) });
export const wrongScope = scope(async () => ["notes"]);
export const missingIndex = scope(async () => [range("notes", "by_nothing")]);
export const touch = query({ args: { what: v.string() }, handler: async (_, { what }) => {
  const doors = {
    fetch: () => fetch("http://127.0.0.1:1/"),
    timeout: () => setTimeout(() => {}, 1), interval: () => setInterval(() => {}, 1), immediate: () => setImmediate(() => {}),
    channel: () => new MessageChannel(), broadcast: () => new BroadcastChannel("x"), performance: () => performance.now(),
    abort: () => AbortSignal.timeout(1), exit: () => process.exit(1), hrtime: () => process.hrtime(), kill: () => process.kill(process.pid),
    keys: () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]),
  };
  await doors[what]();
  return "reached";
} });
export const frozen = query({ args: {}, handler: async ({ db }) => {
  const note = await db.query("notes").withIndex("by_text").first();
  try { note.text = "changed"; return "changed"; } catch { return "frozen"; }
} });
`;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ "schema.ts": schema, "notes.ts": notes });
});
afterAll(() => stage.close());

function errorOf(outcome: CallOutcome) {
  return outcome.kind === "returned" ? undefined : { kind: outcome.kind, ...outcome.error };
}

test("[FN1] every call sees every commit made before it, in whichever process it runs", async () => {
  const texts: string[] = [];
  for (let i = 0; i < 40; i++) {
    const text = `note ${String(i).padStart(3, "0")}`;
    texts.push(text);
    await stage.mutate("notes:add", { text });
    // Several at once, so that every process is asked, cold and hot.
    const seen = await Promise.all([1, 2, 3, 4].map(() => stage.query("notes:list")));
    for (const list of seen) expect(list).toEqual(texts);
  }
  await expect(stage.query("notes:first", { n: 3 })).resolves.toEqual(texts.slice(0, 3));
});

test("[FN1] a document is seen by its id from the commit that wrote it to the one that deleted it", async () => {
  const outcome = await stage.mutate("notes:add", { text: "zz by id" });
  const id = outcome.kind === "returned" ? outcome.value : null;
  for (let i = 0; i < 4; i++)
    await expect(stage.query("notes:get", { id })).resolves.toMatchObject({ text: "zz by id" });
  await stage.mutate("notes:remove", { id });
  for (let i = 0; i < 4; i++) await expect(stage.query("notes:get", { id })).resolves.toBe(null);
});

test("[FN17] of many mutations of one document at once, none is lost", async () => {
  await Promise.all(Array.from({ length: 60 }, () => stage.mutate("notes:bump", { name: "hot" })));
  await expect(stage.query("notes:value", { name: "hot" })).resolves.toBe(60);
});

test("[FN2] no call sees half of a commit, while commits and cold reads meet", async () => {
  const sums: unknown[] = [];
  for (let i = 0; i < 40; i++) {
    // A pair that no process holds yet: every read of it is asked for while the move commits.
    const pair = { a: `a${i}`, b: `b${i}` };
    await stage.mutate("notes:set", { name: pair.a, value: 100 });
    await stage.mutate("notes:set", { name: pair.b, value: 100 });
    const [, ...seen] = await Promise.all([
      stage.mutate("notes:move", pair),
      ...Array.from({ length: 6 }, () => stage.query("notes:sum", pair)),
    ]);
    sums.push(...seen);
  }
  expect(new Set(sums)).toEqual(new Set([200]));
});

test("[FN3] [FN4] time and chance of a call are given by its time and nonce", async () => {
  const fixed = { nonce: "12".repeat(16), timeMs: 1_600_000_000_123 };
  const first = await stage.call("notes:chance", {}, fixed);
  const second = await stage.call("notes:chance", {}, fixed);
  const other = await stage.call("notes:chance", {}, { ...fixed, nonce: "34".repeat(16) });
  expect(first).toMatchObject({ kind: "returned" });
  const value = first.kind === "returned" && Array.isArray(first.value) ? first.value : [];
  expect(value.slice(4)).toEqual([1_600_000_000_123, "2020-09-13T12:26:40.123Z", 5, true]);
  expect(value[2]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
  expect(second).toEqual(first);
  expect(other.kind === "returned" && other.value).not.toEqual(value);
});

test("[FN4] ids of inserted documents follow from device key, nonce and count", async () => {
  const fixed = { nonce: "56".repeat(16), deviceKey: "cd".repeat(32) };
  const first = await stage.call("notes:add", { text: "same" }, fixed);
  const second = await stage.call("notes:add", { text: "same" }, fixed);
  expect(first.kind === "returned" && first.value).toMatch(/^[0-9a-z]{32}$/u);
  expect(second.kind === "returned" && second.value).toBe(first.kind === "returned" && first.value);
});

test.each([
  "fetch",
  "timeout",
  "interval",
  "immediate",
  "channel",
  "broadcast",
  "performance",
  "abort",
  "exit",
  "hrtime",
  "kill",
  "keys",
])("[FN5] a function that reaches outside by %s fails", async (what) => {
  expect(errorOf(await stage.call("notes:touch", { what }))).toMatchObject({
    kind: "threw",
    code: "function_not_deterministic",
  });
});

test("[FN6] functions see nothing of the server's environment", async () => {
  await expect(stage.query("notes:environment")).resolves.toEqual([[], 0]);
});

test("[FN7] arguments and results are checked", async () => {
  const codeOf = async (name: string, args = {}) => errorOf(await stage.call(name, args))?.code;
  await expect(codeOf("notes:add", { text: 5 })).resolves.toBe("arguments_invalid");
  await expect(codeOf("notes:add", { text: "a", more: 1 })).resolves.toBe("arguments_invalid");
  await expect(codeOf("notes:refuse", { at: { $integer: "not base64!" } })).resolves.toBe("arguments_invalid");
  await expect(codeOf("notes:badResult")).resolves.toBe("returns_invalid");
  await expect(codeOf("notes:wrongResult")).resolves.toBe("returns_invalid");
  await expect(codeOf("notes:hugeResult")).resolves.toBe("limit_exceeded");
  await expect(stage.query("notes:nothing")).resolves.toBe(null);
});

test("[FN8] what an app throws travels with its data, and nothing that it wrote is kept", async () => {
  const outcome = await stage.mutate("notes:refuse", { at: { $integer: "BwAAAAAAAAA=" } });
  expect(outcome).toMatchObject({
    kind: "threw",
    error: { code: "app_error", data: { reason: "closed", at: { $integer: "BwAAAAAAAAA=" } } },
  });
  expect(await stage.query("notes:list")).not.toContain("never");
});

test("[FN8] a fault travels as its message, and its stack is in the log", async () => {
  expect(errorOf(await stage.call("notes:fault"))).toMatchObject({
    kind: "threw",
    code: "function_failed",
    message: "no such thing",
  });
  const logged = stage.printed.find(({ text, name }) => name === "notes:fault" && text.includes("no such thing"));
  // Where it stands in the app, which an editor opens.
  expect(logged?.text).toMatch(/runtime-[^/]+\/bothy\/notes\.ts:\d+/u);
});

test("[FN8] a promise that a function leaves behind fails its call when it rejects", async () => {
  expect(errorOf(await stage.call("notes:leftover"))).toMatchObject({
    kind: "threw",
    code: "function_failed",
    message: "left behind",
  });
});

test("[FN8] what functions print is in the log under their name, up to a bound", async () => {
  await stage.query("notes:print", { lines: 400 });
  const lines = stage.printed.filter(({ name }) => name === "notes:print");
  expect(lines.length).toBe(256);
  expect(lines[0]?.text).toBe("line 0");
});

test("[FN9] an internal function is missing for those who may not call it", async () => {
  await expect(stage.call("notes:hidden")).resolves.toMatchObject({ kind: "returned", value: 7 });
  const outcome = await stage.call("notes:hidden", {}, { mayCallInternal: false });
  expect(errorOf(outcome)).toMatchObject({ kind: "refused", code: "function_missing" });
});

test("[FN10] the outcome says whether the identity was asked for", async () => {
  const identity = { tokenIdentifier: "i|s", issuer: "i", subject: "s" };
  await expect(stage.call("notes:who", {}, { identity })).resolves.toMatchObject({ value: "s", hasReadIdentity: true });
  await expect(stage.call("notes:nothing", {}, { identity })).resolves.toMatchObject({ hasReadIdentity: false });
});

test("[FN3] [FN25] a scope returns ranges, and asks for the time only if it says until when they hold; anything else fails", async () => {
  await expect(stage.call("notes:mine")).resolves.toMatchObject({
    kind: "returned",
    hasReadIdentity: true,
    ranges: [{ table: "notes", index: "by_text", prefix: ["a"], newest: 3 }],
  });
  expect(errorOf(await stage.call("notes:timedScope"))?.code).toBe("scope_failed");
  const timed = await stage.call("notes:untilScope", { forMs: 5 });
  expect(timed).toMatchObject({ kind: "returned", ranges: [{ table: "notes" }], until: expect.any(Number) });
  expect(errorOf(await stage.call("notes:untilScope", { forMs: "5" }))?.code).toBe("arguments_invalid");
  expect(errorOf(await stage.call("notes:wrongScope"))?.code).toBe("returns_invalid");
  expect(errorOf(await stage.call("notes:missingIndex"))?.code).toBe("index_missing");
});

test("documents reach functions deeply frozen", async () => {
  await expect(stage.query("notes:frozen")).resolves.toBe("frozen");
});

test("[FN15] functions are replaced while calls go on, and a broken bundle changes nothing", async () => {
  const calls = Array.from({ length: 50 }, () => stage.query("notes:nothing"));
  await stage.reload({ "more.ts": `import { query } from "bothy";\nexport const fresh = query(async () => "new");\n` });
  await expect(Promise.all(calls)).resolves.toEqual(calls.map(() => null));
  await expect(stage.query("more:fresh")).resolves.toBe("new");
  await expect(stage.reload({ "more.ts": "export const x = ;" })).rejects.toMatchObject({ code: "build_failed" });
  await expect(stage.query("more:fresh")).resolves.toBe("new");
});

test("[SY30] the calls of a group are one transaction, and each draws ids and chance from a nonce of its own", async () => {
  const callsOf = (first: string) => [first, "last"].map((text) => ["notes:seed", "", { text }]);
  const how = { isGroup: true, kind: "mutation", nonce: "5".repeat(32) } as const;
  const outcomeOf = async (first: string) => {
    const outcome = await stage.call("group", callsOf(first), how);
    if (outcome.kind !== "returned") throw new Error(JSON.stringify(outcome));
    return {
      values: outcome.value as number[],
      last: outcome.writes.at(-1)?.id,
      ids: outcome.writes.map(({ id }) => id),
    };
  };
  const once = await outcomeOf("once");
  const twice = await outcomeOf("twice");
  // What the first call does leaves the second one what it was.
  expect([once.last, once.values[1]]).toEqual([twice.last, twice.values[1]]);
  expect(new Set(twice.ids).size).toBe(3);
  expect(once.values[0]).not.toBe(once.values[1]);
  expect((await stage.mutate("group", callsOf("once"), how)).kind).toBe("returned");
  expect((await stage.query("notes:list")) as string[]).toEqual(expect.arrayContaining(["seeded once", "seeded last"]));
});

test("[SY30] a call of a group that throws, is missing or is no mutation leaves nothing of the others", async () => {
  const run = async (second: string, args: object = {}): Promise<CallOutcome> =>
    stage.mutate(
      "group",
      [
        ["notes:add", "", { text: "of a group" }],
        [second, "", args],
      ] as Json,
      { isGroup: true, kind: "mutation" },
    );
  expect(errorOf(await run("notes:refuse", { at: { $integer: "AQAAAAAAAAA=" } }))).toMatchObject({
    kind: "threw",
    code: "app_error",
  });
  expect(errorOf(await run("notes:nowhere"))).toMatchObject({ kind: "refused", code: "function_missing" });
  expect(errorOf(await run("notes:list"))).toMatchObject({ kind: "refused", code: "function_wrong_kind" });
  expect(errorOf(await run("notes:add", { text: 1 }))).toMatchObject({ kind: "threw", code: "arguments_invalid" });
  expect(await stage.query("notes:list")).not.toContain("of a group");
  // Nobody but a device makes groups.
  expect(errorOf(await stage.call("group", [], { kind: "mutation" }))).toMatchObject({ code: "function_missing" });
});

test("[TX13] many calls at once that add to one document commit without a conflict, from processes of their own", async () => {
  const added = await stage.mutate("notes:add", { text: "zz liked" });
  const id = added.kind === "returned" ? added.value : null;
  const before = stage.engine.figures.conflicts.reads;
  const outcomes = await Promise.all(Array.from({ length: 64 }, () => stage.mutate("notes:like", { id })));
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["returned"]));
  expect(await stage.query("notes:get", { id })).toMatchObject({ likes: 64 });
  expect(stage.engine.figures.conflicts.reads - before).toBe(0);
  await stage.mutate("notes:remove", { id });
  expect(errorOf(await stage.mutate("notes:like", { id }))).toMatchObject({ code: "document_missing" });
});
