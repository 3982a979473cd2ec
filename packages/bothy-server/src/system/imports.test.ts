import fc from "fast-check";
import { decodeValue, defineSchema, defineTable, encodeValue, isIdOf, makeId, v } from "bothy/internal";
import type { Json } from "bothy/internal";
import { afterEach, expect, test } from "vitest";
import { withSystemTables } from "../auth/index.ts";
import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import type { Engine } from "../engine/index.ts";
import { callSystem, readJournal } from "./index.ts";

const app = defineSchema({
  notes: defineTable({ text: v.string() }).index("by_text", ["text"]),
  other: defineTable({ text: v.string() }),
});

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

function createWorld(): World {
  const nothing = (): never => {
    throw new Error("a test has no network and no processes");
  };
  const ignore = (): void => undefined;
  return {
    clock: createManualClock(5_000),
    random: createSeededRandom(1),
    disk: createMemoryDisk(),
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    die: nothing,
  };
}

interface Deployment {
  readonly engine: Engine;
  call(name: string, args: Json): Promise<Json>;
  /** The texts of a table by id, read by the documents and through an index. */
  texts(table?: string): ReadonlyMap<string, string>;
  begin(options?: { mode?: string; replaced?: string[]; total?: number }): Promise<string>;
  write(id: string, done: number, documents: Json[], table?: string): Promise<{ done: number; ids: string[] }>;
  sweep(id: string, table?: string): Promise<void>;
  undoAll(id: string): Promise<void>;
}

async function open(world = createWorld()): Promise<Deployment> {
  const engine = await openEngine({ world, folder: "/data", schema: withSystemTables(app), store: "memory" });
  engines.push(engine);
  const call = async (name: string, args: Json) =>
    encodeValue((await callSystem({ engine, world }, `_system/imports:${name}`, args)).value);
  const read = (table: string, index: string) => {
    const range = { table, index, equalities: 0, lower: "", upper: "\u00ff" };
    return engine.read(range, "asc", 10_000).documents;
  };
  return {
    engine,
    call,
    texts: (table = "notes") => {
      const documents = read(table, "by_id");
      expect(
        read(table, "by_creation_time")
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(documents.map(({ id }) => id));
      return new Map(documents.map(({ id, text }) => [id, text]));
    },
    begin: async ({ mode = "append", replaced = [], total = 0 } = {}) =>
      (await call("begin", { name: "rows.csv", sha256: "", mode, replaced, total })) as string,
    write: async (id, done, documents, table = "notes") =>
      decodeValue(await call("write", { id, done, table, documents })) as { done: number; ids: string[] },
    sweep: async (id, table = "notes") => {
      for (let after: Json = null; ;) {
        const swept = (await call("sweep", { id, table, after })) as { after: string | null };
        if (swept.after === null) return;
        ({ after } = swept);
      }
    },
    undoAll: async (id) => {
      while (((await call("undo", { id })) as number) > 0);
    },
  };
}

function rows(count: number, text = "row"): Json[] {
  return Array.from({ length: count }, (_, at) => ({ text: `${text} ${at}` }));
}

function idAt(place: number, table = "notes"): string {
  const bytes = new Uint8Array(16);
  bytes[15] = place;
  return makeId(table, bytes);
}

test("[BK20] documents get ids and times of their own, in order, and keep those that they bring", async () => {
  const { begin, write, texts, call } = await open();
  const id = await begin({ total: 4 });
  const first = await write(id, 0, rows(2));
  const second = await write(id, 2, [
    { _id: idAt(7), _creationTime: 12.5, text: "kept" },
    { _id: idAt(8), text: "id" },
  ]);
  await call("finish", { id });
  expect([first.done, second.done, second.ids]).toEqual([2, 4, [idAt(7), idAt(8)]]);
  for (const each of first.ids) expect(isIdOf("notes", each)).toBe(true);
  const stored = [...texts().values()].map((text) => JSON.parse(text) as { text: string; _creationTime: number });
  expect(stored.find(({ text }) => text === "kept")?._creationTime).toBe(12.5);
  const [a, b] = ["row 0", "row 1"].map((wanted) => stored.find(({ text }) => text === wanted)?._creationTime ?? 0);
  expect(b).toBeGreaterThan(a ?? 0);
});

test.each<[string, Json, string]>([
  ["an id of another table", { _id: idAt(1, "other"), text: "x" }, "id_invalid"],
  ["text as an id", { _id: "x", text: "x" }, "id_invalid"],
  ["a time that is none", { _creationTime: -1, text: "x" }, "document_invalid"],
  ["a time without end", { _creationTime: { $float: "AAAAAAAA8H8=" }, text: "x" }, "document_invalid"],
  ["what the validator refuses", { text: 5 }, "document_invalid"],
  ["an id that is taken", { _id: idAt(9), text: "x" }, "document_exists"],
])("[BK20] %s is refused, and nothing of that step is there", async (_what, document, code) => {
  const { begin, write, texts, engine } = await open();
  const id = await begin({ total: 9 });
  await write(id, 0, [{ _id: idAt(9), text: "first" }]);
  const before = [texts(), engine.version];
  await expect(write(id, 1, [{ text: "fine" }, document])).rejects.toMatchObject({ code });
  await expect(
    write(id, 1, [
      { _id: idAt(5), text: "a" },
      { _id: idAt(5), text: "b" },
    ]),
  ).rejects.toMatchObject({
    code: "document_exists",
  });
  expect([texts(), engine.version]).toEqual(before);
});

test("[BK21] an import that was cut off stands in the database, says how far it is, and keeps every other one out", async () => {
  const world = createWorld();
  const { begin, write, engine } = await open(world);
  const id = await begin({ total: 10 });
  await write(id, 0, rows(3));
  // The process ends here; another one starts.
  await engine.close();
  engines.pop();
  const next = await open(world);
  expect(readJournal(next.engine)).toMatchObject({ id, name: "rows.csv", done: 3, total: 10, state: "writing" });
  await expect(next.begin()).rejects.toMatchObject({ code: "import_invalid" });
  await expect(next.call("finish", { id })).rejects.toMatchObject({ code: "import_invalid" });
  // What was done already is not done again.
  await expect(next.write(id, 0, rows(3))).rejects.toMatchObject({ code: "import_invalid" });
  await next.write(id, 3, rows(7));
  await next.call("finish", { id });
  expect([next.texts().size, readJournal(next.engine)]).toEqual([10, undefined]);
  await next.begin();
});

test("[BK22] replaced tables keep what the import and others wrote, and lose what was there before", async () => {
  const { begin, write, sweep, call, texts } = await open();
  const before = await begin({ total: 1_200 });
  await write(before, 0, [{ _id: idAt(1), text: "old one" }, ...rows(499)]);
  await write(before, 500, rows(500));
  await write(before, 1_000, rows(200));
  await call("finish", { id: before });
  const id = await begin({ mode: "replace", replaced: ["notes"], total: 2 });
  await write(id, 0, [
    { _id: idAt(1), text: "new one" },
    { _id: idAt(2), text: "two" },
  ]);
  expect(texts().size).toBe(1_201);
  await sweep(id);
  await call("finish", { id });
  expect([...texts()].map(([each, text]) => [each, (JSON.parse(text) as { text: string }).text])).toEqual([
    [idAt(1), "new one"],
    [idAt(2), "two"],
  ]);
});

test("[BK22] nothing is removed before everything is in, and nothing from a table that is not replaced", async () => {
  const { begin, write, sweep } = await open();
  const id = await begin({ mode: "replace", replaced: ["notes"], total: 2 });
  await write(id, 0, rows(1));
  await expect(sweep(id)).rejects.toMatchObject({ code: "import_invalid" });
  await write(id, 1, rows(1));
  await expect(sweep(id, "other")).rejects.toMatchObject({ code: "import_invalid" });
  await expect(sweep(id, "_users")).rejects.toMatchObject({ code: "import_invalid" });
});

test("[BK23] wherever an import is cut off, taking it back leaves every document as it was", async () => {
  const place = fc.integer({ min: 0, max: 20 });
  const batch = fc.uniqueArray(place, { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(batch, fc.array(batch, { maxLength: 5 }), fc.boolean(), async (there, batches, isSwept) => {
      const { begin, write, sweep, undoAll, call, texts, engine } = await open();
      const first = await begin({ total: there.length });
      await write(
        first,
        0,
        there.map((at) => ({ _id: idAt(at), text: `old ${at}` })),
      );
      await call("finish", { id: first });
      const before = texts();
      const total = batches.flat().length;
      const id = await begin({ mode: "replace", replaced: ["notes"], total });
      let done = 0;
      for (const each of batches)
        ({ done } = await write(
          id,
          done,
          each.map((at) => ({ _id: idAt(at), text: `new ${at} ${done}` })),
        ));
      if (isSwept) await sweep(id);
      await undoAll(id);
      expect(texts()).toEqual(before);
      expect([readJournal(engine), engine.readRecord(["import", 0])]).toEqual([undefined, undefined]);
    }),
    { numRuns: 40 },
  );
});

test("[BK23] a taking back that was cut off goes on, and nothing else may", async () => {
  const { begin, write, call, texts } = await open();
  const id = await begin({ total: 6 });
  for (let done = 0; done < 6; done += 2) await write(id, done, rows(2));
  expect(await call("undo", { id })).toBe(2);
  await expect(write(id, 6, rows(1))).rejects.toMatchObject({ code: "import_invalid" });
  await expect(call("finish", { id })).rejects.toMatchObject({ code: "import_invalid" });
  expect([await call("undo", { id }), await call("undo", { id }), texts().size]).toEqual([1, 0, 0]);
  await begin();
});

test("[BK21] a step takes as many documents as fit into one commit, and says how many", async () => {
  const { begin, write, texts } = await open();
  const id = await begin({ total: 8 });
  const large = rows(8, "x".repeat(900_000));
  const { done } = await write(id, 0, large, "other");
  expect([done > 0, done < 8, texts("other").size]).toEqual([true, true, done]);
});

test("[BK21] nothing of an import is left in the database when it is over", async () => {
  const { begin, write, call, engine } = await open();
  const id = await begin({ total: 30 });
  for (let done = 0; done < 30; done++) await write(id, done, rows(1));
  await call("finish", { id });
  for (let step = 0; step < 31; step++) expect(engine.readRecord(["import", step])).toBeUndefined();
  expect(await call("read", {})).toBeNull();
});
