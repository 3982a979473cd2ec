import { defineSchema, defineTable, v, type Schema } from "bothy/internal";
import { expect, test } from "vitest";
import { createSeededRandom } from "../base/index.ts";
import {
  commit,
  contentOf,
  newId,
  openTestEngine,
  putDocument,
  rangeOf,
  testSchema,
  testWorld,
} from "./test-engine.ts";

const notes = { room: v.string(), rank: v.number(), body: v.string() };
const people = defineTable({ name: v.string() }).index("by_name", ["name"]);
const withRank: Schema = defineSchema({
  notes: defineTable(notes).index("by_rank", ["rank"]).index("by_room", ["room", "rank"]),
  people,
});
const otherFields: Schema = defineSchema({ notes: defineTable(notes).index("by_room", ["body", "room"]), people });
const narrow: Schema = defineSchema({
  notes: defineTable({ ...notes, rank: v.string() }).index("by_room", ["room", "rank"]),
  people,
});
const withoutNotes: Schema = defineSchema({ people });

async function filled(count = 12): Promise<ReturnType<typeof testWorld>> {
  const world = testWorld();
  const engine = await openTestEngine(world);
  for (let i = 0; i < count; i++)
    commit(
      engine,
      putDocument(engine, "notes", { _id: newId("notes"), room: `r${i % 3}`, rank: i % 4, body: "x".repeat(i) }),
    );
  commit(engine, putDocument(engine, "people", { _id: newId("people"), name: "Ada" }));
  await engine.close();
  return world;
}

/** The indexes that do not hold as many documents as their table should have. */
function brokenIndexes(content: Record<string, string>, schema: Schema): string[] {
  const countByTable: Record<string, number> = { notes: 12, people: 1 };
  return Object.values(schema.tables).flatMap((table) =>
    table.indexes.flatMap((index) => {
      const name = `${table.name}.${index.name}`;
      const count = Object.keys(content).filter((at) => at.startsWith(`${name}/`)).length;
      return count === countByTable[table.name] ? [] : [`${name}: ${count}`];
    }),
  );
}

test("[EN12] a new index is built from the documents at start, a changed one anew, and progress is told", async () => {
  const world = await filled();
  const told: string[] = [];
  for (const schema of [withRank, otherFields, testSchema]) {
    const engine = await openTestEngine(world, { schema, onProgress: (text) => void told.push(text) });
    expect(brokenIndexes(contentOf(engine), schema)).toEqual([]);
    commit(engine, putDocument(engine, "notes", { _id: newId("notes"), room: "r", rank: 1, body: "" }));
    const added = engine.read(rangeOf(engine, { table: "notes", index: "by_id", prefix: [] }), "desc", 1).documents[0];
    expect(added).toBeDefined();
    if (added !== undefined)
      engine.commit({
        snapshot: engine.version,
        reads: [],
        writes: [
          { ...putDocument(engine, "notes", { _id: added.id, room: "", rank: 0, body: "" }), text: null, after: null },
        ],
      });
    await engine.close();
  }
  expect(told.some((text) => text.includes('"by_rank"') && text.includes("12 documents"))).toBe(true);
});

test("[EN12] the same schema again writes no record", async () => {
  const world = await filled();
  const engine = await openTestEngine(world);
  const { version } = engine;
  await engine.close();
  const again = await openTestEngine(world);
  expect(again.version).toBe(version);
  await again.close();
});

test("[EN13] a schema that documents break is refused with ten of them named, and nothing is changed", async () => {
  const world = await filled(25);
  const engine = await openTestEngine(world);
  const before = [engine.version, contentOf(engine)];
  await engine.close();
  const error: unknown = await openTestEngine(world, { schema: narrow }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "schema_invalid" });
  const { details } = error as { details: { table: string; id: string; path: string; problem: string }[] };
  expect(details).toHaveLength(10);
  expect(details[0]).toMatchObject({
    table: "notes",
    path: "rank",
    id: expect.any(String),
    problem: expect.stringContaining("string"),
  });
  const again = await openTestEngine(world);
  expect([again.version, contentOf(again)]).toEqual(before);
  await again.close();
});

test("[EN12] documents of a table that is taken away stay, and have their indexes when it comes back", async () => {
  const world = await filled();
  await (await openTestEngine(world, { schema: withoutNotes })).close();
  const engine = await openTestEngine(world, { schema: withRank });
  expect(brokenIndexes(contentOf(engine), withRank)).toEqual([]);
  await engine.close();
});

test("[EN12] a book goes with its index", async () => {
  const world = await filled();
  const first = await openTestEngine(world);
  first.keepBook({ table: "notes", index: "by_room", equalities: 1 });
  const { version } = first;
  await first.close();
  await (await openTestEngine(world, { schema: withoutNotes })).close();
  const engine = await openTestEngine(world);
  const snapshot = engine.openSnapshot();
  expect(
    snapshot.changes(rangeOf(engine, { table: "notes", index: "by_room", prefix: ["r1"] }), version),
  ).toBeUndefined();
  snapshot.close();
  await engine.close();
});

test("[EN12] indexes in another order are in force as the new schema has them", async () => {
  const one = defineSchema({
    notes: defineTable(notes).index("by_rank", ["rank"]).index("by_room", ["room", "rank"]),
    people,
  });
  const other = defineSchema({
    notes: defineTable(notes).index("by_room", ["room", "rank"]).index("by_rank", ["rank"]),
    people,
  });
  const world = testWorld();
  const first = await openTestEngine(world, { schema: one });
  const id = newId("notes");
  commit(first, putDocument(first, "notes", { _id: id, room: "r", rank: 1, body: "" }));
  await first.close();
  const engine = await openTestEngine(world, { schema: other });
  // Whoever runs functions has the keys of a document in the order of the app's schema.
  expect(engine.schema.tables["notes"]?.indexes.map(({ name }) => name)).toEqual(
    other.tables["notes"]?.indexes.map(({ name }) => name),
  );
  commit(engine, putDocument(engine, "notes", { _id: id, room: "s", rank: 2, body: "" }));
  const content = contentOf(engine);
  expect(Object.keys(content).sort()).toEqual(
    ["by_creation_time", "by_id", "by_rank", "by_room"].map((index) => `notes.${index}/${id}`),
  );
  await engine.close();
  const again = await openTestEngine(world, { schema: other });
  expect(contentOf(again)).toEqual(content);
  await again.close();
});

test("[EN12] a table with a book by id can be taken away and comes back", async () => {
  const world = await filled();
  const first = await openTestEngine(world);
  first.keepBook({ table: "notes", index: "by_id", equalities: 1 });
  await first.close();
  await (await openTestEngine(world, { schema: withoutNotes })).close();
  await (await openTestEngine(world, { schema: withoutNotes })).close();
  const engine = await openTestEngine(world);
  expect(brokenIndexes(contentOf(engine), testSchema)).toEqual([]);
  await engine.close();
});

test("[EN12] a crash at any operation of a schema change leaves the old schema or the new one, whole", async () => {
  for (let crashAt = 0; crashAt < 12; crashAt++) {
    for (let seed = 0; seed < 6; seed++) {
      const world = await filled();
      let operations = 0;
      let crashed: () => void = () => undefined;
      const crash = new Promise<void>((resolve) => (crashed = resolve));
      world.disk.before = () => {
        if (operations++ !== crashAt) return;
        world.disk.crash(createSeededRandom(seed));
        crashed();
      };
      await Promise.race([crash, openTestEngine(world, { schema: withRank }).then((engine) => engine.close())]);
      world.disk.before = () => undefined;
      for (const schema of [testSchema, withRank]) {
        const engine = await openTestEngine(testWorld(world.disk), { schema });
        expect(brokenIndexes(contentOf(engine), schema)).toEqual([]);
        await engine.close();
        world.disk.crash(createSeededRandom(seed));
      }
    }
  }
});
