import { makeId } from "bothy/internal";
import type { Json, Value } from "bothy/internal";
import { expect, test } from "vitest";
import { createManualClock } from "../base/index.ts";
import type { AdminConnection, ImportJournal } from "../server/index.ts";
import type { ImportSource } from "./import-source.ts";
import { runImport } from "./run-import.ts";

interface Step {
  readonly table: string;
  readonly done: number;
  readonly documents: readonly Json[];
}

/** A server that takes half a second for each step, and at most 400 documents. */
function slowServer(steps: Step[], calls: string[]) {
  const clock = createManualClock();
  const admin: AdminConnection = {
    call: async (name, args) => {
      calls.push(name.replace("_system/imports:", ""));
      if (!name.endsWith(":write")) return { after: null };
      const { table, done, documents } = args as unknown as Step;
      const taken = documents.slice(0, 400);
      steps.push({ table, done, documents: taken });
      clock.advance(500);
      return { done: done + taken.length, ids: taken.map((_, at) => makeId("t", new Uint8Array(16).fill(at % 256))) };
    },
    exportLines: () => {
      throw new Error("nothing is exported");
    },
    close: () => Promise.resolve(),
  };
  return { admin, clock };
}

function sourceOf(rows: readonly { table: string; value: Value }[]): ImportSource {
  return {
    name: "rows",
    sha256: "",
    isArchive: false,
    tables: [],
    rows: async function* () {
      yield* rows;
    },
    close: () => undefined,
  };
}

const begun: ImportJournal = {
  id: "id",
  name: "rows",
  sha256: "",
  mode: "append",
  replaced: [],
  total: 0,
  done: 0,
  steps: 0,
  since: 0,
  state: "writing",
  startedMs: 0,
};

test("rows go in order in steps of bounded number, what a step leaves goes in the next, and progress tells rows per second", async () => {
  const [steps, calls, progress]: [Step[], string[], number[][]] = [[], [], []];
  const rows = Array.from({ length: 1_200 }, (_, at) => ({ table: at < 1_150 ? "a" : "b", value: { at } }));
  await runImport(
    { ...slowServer(steps, calls), onProgress: ({ done, perSecond }) => void progress.push([done, perSecond]) },
    sourceOf(rows),
    { ...begun, total: 1_200 },
  );
  expect(steps.flatMap(({ table, documents }) => documents.map((value) => ({ table, value })))).toEqual(rows);
  expect(steps.map(({ done, documents }) => [done, documents.length])).toEqual([
    [0, 400],
    [400, 100],
    [500, 400],
    [900, 100],
    [1_000, 150],
    [1_150, 50],
  ]);
  expect(progress).toEqual([
    [500, 500],
    [1_000, 500],
    [1_150, 460],
    [1_200, 400],
  ]);
  expect(calls.at(-1)).toBe("finish");
});

test("large rows make small steps, one row at least", async () => {
  const steps: Step[] = [];
  const rows = Array.from({ length: 5 }, (_, at) => ({
    table: "t",
    value: { text: "x".repeat(at === 2 ? 900_000 : 200_000) },
  }));
  await runImport({ ...slowServer(steps, []), onProgress: () => undefined }, sourceOf(rows), { ...begun, total: 5 });
  expect(steps.map(({ documents }) => documents.length)).toEqual([2, 1, 2]);
});

test("[BK21] an import goes on behind what is done, and replaced tables are swept once everything is in", async () => {
  const [steps, calls]: [Step[], string[]] = [[], []];
  const rows = Array.from({ length: 30 }, (_, at) => ({ table: "t", value: { at } }));
  const journal = { ...begun, total: 30, done: 20, replaced: ["t", "empty"] };
  await runImport({ ...slowServer(steps, calls), onProgress: () => undefined }, sourceOf(rows), journal);
  expect(steps.map(({ done, documents }) => [done, documents])).toEqual([
    [20, rows.slice(20).map(({ value }) => value)],
  ]);
  expect(calls).toEqual(["write", "sweep", "sweep", "finish"]);
});
