import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { endAll, errorIn, makeProject, runBothy, startBothy } from "./cli-process.ts";
import type { Project } from "./cli-process.ts";

let project: Project;
let table: string;
let tableCount = 0;

const kinds = `{
  name: v.string(), count: v.optional(v.int64()), weight: v.optional(v.number()), isOpen: v.optional(v.boolean()),
  kind: v.optional(v.union(v.literal("bird"), v.literal("bat"))), tags: v.optional(v.array(v.string())),
  note: v.optional(v.union(v.null(), v.string())),
}`;

/** As many equal tables as there are tests, so that they share one server. */
const tables = Array.from(
  { length: 16 },
  (_, at) => `sightings${at}: defineTable(${kinds}).index("by_name", ["name"]),`,
);

beforeAll(async () => {
  project = makeProject();
  project.write(
    "bothy/schema.ts",
    `import { defineSchema, defineTable, v } from "bothy";
    export default defineSchema({
      members: defineTable({ room: v.string(), user: v.string() }).index("by_user", ["user", "room"]).index("by_room", ["room", "user"]),
      messages: defineTable({ room: v.string(), author: v.string(), body: v.string(), isClosed: v.boolean() }).index("by_room", ["room"]),
      notes: defineTable({ user: v.string(), text: v.string() }).index("by_user", ["user"]),
      counters: defineTable({ name: v.string(), value: v.number() }).index("by_name", ["name"]),
      ${tables.join("\n")}
    });`,
  );
  project.write(
    "bothy/look.ts",
    `import { v } from "bothy";
    import { internalQuery } from "./_generated/server.js";
    export const all = internalQuery({ args: { table: v.string() }, handler: async ({ db }, { table }) =>
      (await db.query(table as "notes").collect()).map(({ _id, _creationTime, ...fields }) => fields) });`,
  );
  const running = startBothy(["start", "--json", "--project-dir", project.folder, "--port", "0"]);
  await running.waitFor('"url"');
});
afterAll(async () => {
  await endAll();
  project.remove();
});
beforeEach(() => {
  table = `sightings${tableCount++}`;
});

function importText(text: string, format: string, ...more: readonly string[]): ReturnType<typeof runBothy> {
  const words = ["import", "-", "--format", format, "--table", table, "--project-dir", project.folder, ...more];
  return runBothy(words, { input: text });
}

async function stored(): Promise<unknown[]> {
  const { stdout } = await runBothy([
    "run",
    "look:all",
    JSON.stringify({ table }),
    "--json",
    "--project-dir",
    project.folder,
  ]);
  return JSON.parse(stdout) as unknown[];
}

async function refused(text: string, format: string): Promise<string> {
  const { code, stderr, stdout } = await importText(text, format, "--json");
  const error = errorIn(stderr);
  expect([code, error.code, stdout]).toEqual([5, "import_invalid", ""]);
  expect(await stored()).toEqual([]);
  return error.message;
}

test("cells of CSV become what the schema says, empty ones are left out, quotes hold commas and line breaks", async () => {
  const csv =
    'name,count,weight,isOpen,kind,tags,note\r\n"gull, herring",12,1.5,true,bird,"[""a"",""b""]",\r\n"two\nlines",,,,,,text\r\n';
  const done = await importText(csv, "csv", "--json");
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout)).toEqual({ table, inserted: 2, perSecond: expect.any(Number) });
  expect(await stored()).toEqual([
    {
      name: "gull, herring",
      count: { $integer: "DAAAAAAAAAA=" },
      weight: 1.5,
      isOpen: true,
      kind: "bird",
      tags: ["a", "b"],
    },
    { name: "two\nlines", note: "text" },
  ]);
});

test("rows of JSON keep their types, and a whole number fits where the schema has an int64", async () => {
  const done = await importText(
    '[{"name":"a","count":3,"note":null},{"name":"b","count":{"$integer":"BAAAAAAAAAA="}}]',
    "json",
    "--json",
  );
  expect(done.code).toBe(0);
  expect(await stored()).toEqual([
    { name: "a", count: { $integer: "AwAAAAAAAAA=" }, note: null },
    { name: "b", count: { $integer: "BAAAAAAAAAA=" } },
  ]);
});

test("JSON lines are imported in their order, blank lines are none", async () => {
  expect((await importText('{"name":"a"}\n\n{"name":"b"}\n', "jsonl", "--json")).code).toBe(0);
  expect(await stored()).toEqual([{ name: "a" }, { name: "b" }]);
});

test("a file is read by its name's ending, and progress is told in rows per second without a terminal", async () => {
  project.write("birds.csv", `name\n${Array.from({ length: 1_234 }, (_, at) => `bird ${at}`).join("\n")}\n`);
  const done = await runBothy([
    "import",
    join(project.folder, "birds.csv"),
    "--table",
    table,
    "--project-dir",
    project.folder,
  ]);
  expect([done.code, done.stdout]).toEqual([0, ""]);
  expect(done.stderr).toMatch(/birds\.csv .*1,234\/1,234 rows, [\d,]+ rows\/s\n/u);
  expect(done.stderr).toMatch(/Imported 1234 rows into ".*" \(\d+ rows\/s\)/u);
  // Nothing that a terminal would need: no line is drawn over another.
  expect(done.stderr).not.toContain("\r");
  expect(await stored()).toHaveLength(1_234);
});

test("wrong types are named with line, field and value, and nothing is written", async () => {
  const message = await refused("name,count,isOpen,kind\na,1,true,bird\nb,1.5,yes,bird\n\nc,2,false,fish\n", "csv");
  expect(message).toContain('line 3: "count"');
  expect(message).toContain('line 3: "isOpen" should be true or false, not "yes"');
  expect(message).toContain('line 5: "kind"');
  expect(message).not.toContain("line 2");
});

test("broken quoting is named with its line, and nothing is written", async () => {
  expect(await refused('name\n"open\nmore\n', "csv")).toMatch(/line [123]/u);
  expect(await refused('name\nx"y\n', "csv")).toContain("line 2");
  expect(await refused("name,count\na,1\nb\n", "csv")).toContain("line 3");
});

test("a header that names no field, the same one twice or an unknown one is refused", async () => {
  expect(await refused("name,name\na,b\n", "csv")).toContain('"name" twice');
  expect(await refused("name,\na,b\n", "csv")).toContain("column 2");
  expect(await refused("name,wings\na,2\n", "csv")).toContain("wings");
  expect(await refused("count\n1\n", "csv")).toContain("name");
});

test("malformed JSON, JSON that is no list, and wrong rows of either are refused with their places", async () => {
  expect(await refused('[{"name":"a"}', "json")).toContain("JSON");
  expect(await refused('{"name":"a"}', "json")).toContain("array");
  expect(await refused('[{"name":"a"},{"name":5},{"name":"c","wings":2}]', "json")).toMatch(
    /element 2.*\n.*element 3/u,
  );
  expect(await refused('{"name":"a"}\n{"name":\n5\n', "jsonl")).toMatch(/line 2: no valid JSON\n.*line 3/u);
});

test("text that is not UTF-8 is refused", async () => {
  const { code, stderr } = await importText("", "csv", "--json");
  // An empty file has no rows and is no mistake.
  expect([code, stderr]).toEqual([0, ""]);
  writeFileSync(join(project.folder, "latin1.csv"), Buffer.from([0x6e, 0x61, 0x6d, 0x65, 0x0a, 0xe9, 0x0a]));
  const failed = await runBothy([
    "import",
    join(project.folder, "latin1.csv"),
    "--table",
    table,
    "--json",
    "--project-dir",
    project.folder,
  ]);
  expect([failed.code, errorIn(failed.stderr).code]).toEqual([5, "import_invalid"]);
});

test("a row that no index can hold or that is too large is found before anything is written", async () => {
  expect(await refused(`name\nshort\n${"x".repeat(2_000)}\n`, "csv")).toContain("line 3");
  const large = JSON.stringify([{ name: "a" }, { name: "b", note: "x".repeat(1_100_000) }]);
  expect(await refused(large, "json")).toContain("element 2");
});

test("many wrong rows are counted, and the first ten shown", async () => {
  const message = await refused(
    `name,weight\n${Array.from({ length: 40 }, (_, at) => `b${at},heavy`).join("\n")}\n`,
    "csv",
  );
  expect(message).toContain("40 values");
  expect(message).toContain("and 30 more");
});

test("an unknown table, a missing file and a folder are named", async () => {
  const into = (file: string, name: string) =>
    runBothy(["import", file, "--table", name, "--format", "csv", "--json", "--project-dir", project.folder], {
      input: "name\na\n",
    });
  const unknown = await into("-", "sightinks");
  expect([unknown.code, errorIn(unknown.stderr).code]).toEqual([4, "table_missing"]);
  expect(errorIn(unknown.stderr).fix).toContain("sightings0");
  const system = await into("-", "_users");
  expect([system.code, errorIn(system.stderr).code]).toEqual([4, "table_missing"]);
  for (const file of [join(project.folder, "absent.csv"), project.folder]) {
    const failed = await into(file, table);
    expect([failed.code, errorIn(failed.stderr).code]).toEqual([5, "import_invalid"]);
  }
  const unnamed = await runBothy(["import", "-", "--table", table, "--json", "--project-dir", project.folder]);
  expect([unnamed.code, errorIn(unnamed.stderr).code]).toEqual([2, "usage_invalid"]);
});
