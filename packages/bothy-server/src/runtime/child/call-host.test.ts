import {
  createFunctions,
  defineSchema,
  defineTable,
  documentKeys,
  makeId,
  stringifyValue,
  tableOf,
  v,
} from "bothy/internal";
import { expect, test } from "vitest";
import type { FunctionGlobals } from "../../base/index.ts";
import type { DoneMessage, FromProcess, ReadMessage } from "../messages.ts";
import { CallHost } from "./call-host.ts";
import { HotRanges } from "./hot-ranges.ts";
import { loadBundle } from "./load-bundle.ts";

const { query, mutation } = createFunctions();
const schema = defineSchema({
  counters: defineTable({ name: v.string(), value: v.number() }).index("by_name", ["name"]),
});

/** Reads two ranges one after the other, counting how often it was begun. */
let begun = 0;
const both = query({
  args: {},
  handler: async ({ db }) => {
    begun++;
    const values: number[] = [];
    for (const name of ["a", "b"]) {
      const found = await db
        .query("counters")
        .withIndex("by_name", (q) => q.eq("name", name))
        .collect();
      values.push(...found.map((each) => each["value"] as number));
    }
    return values;
  },
});
const never = query({ args: {}, handler: () => new Promise<null>(() => {}) });
const insertTwice = mutation({
  args: {},
  handler: async ({ db }) => {
    const ids = [
      await db.insert("counters", { name: "a", value: 1 }),
      await db.insert("counters", { name: "a", value: 2 }),
    ];
    return ids;
  },
});
const raiseUnawaited = mutation({
  args: {},
  handler: async ({ db }) => {
    const found = await db
      .query("counters")
      .withIndex("by_name", (q) => q.eq("name", "a"))
      .first();
    void db.patch("counters", makeId("counters", new Uint8Array(16)), { value: 7 });
    return found === null;
  },
});

function stage() {
  const sent: FromProcess[] = [];
  const ticks: (() => void)[] = [];
  let nowMs = 0;
  const globals: FunctionGlobals = {
    run: (_, work) => work(),
    outside: (work) => work(),
    monotonicMs: () => nowMs,
    soon: (task) => queueMicrotask(task),
    every: (_, task) => void ticks.push(task),
    importFile: () => Promise.reject(new Error("nothing is imported here")),
  };
  const bundle = loadBundle({ schema, modules: { m: { both, never, insertTwice, raiseUnawaited } } });
  const host = new CallHost({
    globals,
    send: (message) => sent.push(message),
    bundle,
    callMs: 1_000,
    hot: new HotRanges(schema, 1e6),
  });
  begun = 0;
  return {
    host,
    sent,
    call: (name: string, version: number, kind: "query" | "mutation" = "query") =>
      host.call({
        type: "call",
        id: 1,
        version,
        call: {
          name,
          kind,
          mayCallInternal: true,
          args: {},
          identity: null,
          timeMs: 5,
          nonce: "01".repeat(16),
          deviceKey: "02".repeat(32),
        },
      }),
    reads: () => sent.filter((message): message is ReadMessage => message.type === "read"),
    done: () => sent.filter((message): message is DoneMessage => message.type === "done"),
    /** Answers the last read with one counter, as of a version. */
    answer: async (value: number, version: number, isUnchanged: boolean) => {
      const read = sent.filter((message): message is ReadMessage => message.type === "read").at(-1);
      if (read === undefined) throw new Error("nothing was asked for");
      const id = `counter${value}`;
      const name = read.wanted.range.lower.slice(1, 2);
      const text = JSON.stringify({ _creationTime: 1, _id: id, name, value });
      host.answerRead({
        type: "rows",
        read: read.read,
        version,
        rows: [[id, version, text]],
        part: read.wanted.range,
        isUnchanged,
      });
      await turn();
    },
    pass: (ms: number) => {
      nowMs += ms;
      for (const tick of ticks) tick();
    },
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("[FN2] a call whose second read was overtaken begins anew at the later snapshot, and is heard of once", async () => {
  const { call, answer, reads, done } = stage();
  call("m:both", 3);
  await turn();
  await answer(10, 3, true);
  expect(reads().map(({ since }) => since)).toEqual([3, 3]);
  // Between the two reads a commit changed "b".
  await answer(21, 5, false);
  expect(begun).toBe(2);
  expect(done().map(({ outcome }) => outcome)).toEqual([
    expect.objectContaining({ kind: "returned", snapshot: 5, value: [10, 21] }),
  ]);
});

test("[FN2] a read answered later than the snapshot is taken when nothing was written there since", async () => {
  const { call, answer, done } = stage();
  call("m:both", 3);
  await turn();
  await answer(10, 4, true);
  await answer(20, 9, true);
  expect(begun).toBe(1);
  expect(done()).toEqual([
    expect.objectContaining({ outcome: expect.objectContaining({ snapshot: 3, value: [10, 20] }) }),
  ]);
});

test("[FN1] a commit that comes right behind the answer to a read is seen by the next call", async () => {
  const { host, call, answer, done, reads } = stage();
  call("m:both", 3);
  await turn();
  await answer(10, 3, true);
  const range = reads()[1]?.wanted.range;
  if (range === undefined) throw new Error("b was not asked for");
  const row = (value: number): string => JSON.stringify({ _creationTime: 1, _id: "b", name: "b", value });
  const keys = documentKeys(tableOf(schema, "counters"), { _creationTime: 1, _id: "b", name: "b", value: 1 });
  // Both lines come in one piece, before anything that waits goes on.
  host.answerRead({ type: "rows", read: 2, version: 3, rows: [["b", 3, row(20)]], part: range, isUnchanged: true });
  const write = { table: "counters", id: "b", text: row(21), before: keys, after: keys };
  host.applyCommit({ type: "commit", version: 4, writes: [write] });
  await turn();
  call("m:both", 4);
  await turn();
  expect(done().map(({ outcome }) => outcome)).toEqual([
    expect.objectContaining({ snapshot: 3, value: [10, 20] }),
    expect.objectContaining({ snapshot: 4, value: [10, 21] }),
  ]);
});

test("[FN12] a call that waits for nothing that can come is given up, and its answer is not sent later", async () => {
  const { call, pass, sent } = stage();
  call("m:never", 1);
  await turn();
  pass(1_000);
  expect(sent).toEqual([]);
  pass(100);
  pass(100);
  expect(sent).toEqual([{ type: "late", id: 1 }]);
});

test("[FN12] a call that waits for a read too long is given up, though the answer comes in the end", async () => {
  const { call, pass, answer, sent } = stage();
  call("m:both", 1);
  await turn();
  pass(1_001);
  await answer(10, 1, true);
  expect(sent.filter(({ type }) => type === "late" || type === "done")).toEqual([{ type: "late", id: 1 }]);
});

test("[FN1] a query that writes is refused by its transaction", async () => {
  const { call, done } = stage();
  call("m:insertTwice", 1);
  await turn();
  expect(done()[0]?.outcome.kind).toBe("threw");
});

test("[TX2] a write that the function does not wait for has its effect, though its document has to be fetched first", async () => {
  const { host, call, reads, done } = stage();
  call("m:raiseUnawaited", 1, "mutation");
  await turn();
  const answer = (rows: readonly (readonly [string, number, string])[]): void => {
    const read = reads().at(-1);
    if (read === undefined) throw new Error("nothing was asked for");
    host.answerRead({ type: "rows", read: read.read, version: 1, rows, part: read.wanted.range, isUnchanged: true });
  };
  answer([]);
  await turn();
  expect(done()).toEqual([]);
  const id = makeId("counters", new Uint8Array(16));
  answer([[id, 1, stringifyValue({ _id: id, _creationTime: 1, name: "b", value: 1 })]]);
  await turn();
  expect(done()[0]?.outcome).toMatchObject({ kind: "returned", value: true, writes: [{ id }] });
});

test("[TX5] an insert does not replace a document that the process holds", async () => {
  const { host, call, done } = stage();
  call("m:insertTwice", 1, "mutation");
  await turn();
  const first = done()[0]?.outcome;
  if (first?.kind !== "returned") throw new Error("the insert did not return");
  // The process holds the whole table, and hears of the commit.
  const range = { table: "counters", index: "by_creation_time", equalities: 0, lower: "", upper: "\uffff" };
  host.answerRead({ type: "rows", read: 99, version: 1, rows: [], part: range, isUnchanged: true });
  host.applyCommit({ type: "commit", version: 2, writes: first.writes });
  call("m:insertTwice", 2, "mutation");
  await turn();
  expect(done()[1]?.outcome).toMatchObject({ kind: "returned", writes: [{ before: null }, { before: null }] });
});
