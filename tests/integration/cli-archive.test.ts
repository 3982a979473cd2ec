import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeId } from "bothy/internal";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { endAll, errorIn, makeProject, runBothy, startBothy, urlIn } from "./cli-process.ts";
import type { Project } from "./cli-process.ts";

let project: Project;
beforeAll(() => {
  project = makeProject();
  project.write(
    "bothy/look.ts",
    `import { v } from "bothy";
    import { internalQuery } from "./_generated/server.js";
    export const counts = internalQuery({ args: {}, handler: async ({ db }) => {
      const count = async (table: "notes" | "counters" | "messages") => (await db.query(table).collect()).length;
      return [await count("notes"), await count("counters"), await count("messages")];
    } });`,
  );
});
afterEach(endAll);
afterAll(() => project.remove());

/** A server of its own for a test, on a new folder. */
async function serve(
  folder: string,
): Promise<{ readonly folder: string; readonly server: ReturnType<typeof startBothy> }> {
  const path = join(project.folder, folder);
  const server = startBothy(["start", "--json", "--project-dir", project.folder, "--folder", path, "--port", "0"]);
  await server.waitFor('"url"');
  return { folder: path, server };
}

function run(folder: string, ...words: readonly string[]): ReturnType<typeof runBothy> {
  return runBothy([...words, "--json", "--project-dir", project.folder, "--folder", folder]);
}

/** How many notes, counters and messages there are, as the folder's server says. */
function counts(folder: string): Promise<unknown> {
  return call(folder, "look:counts", {});
}

async function call(folder: string, name: string, args: object): Promise<unknown> {
  const { url } = JSON.parse(readFileSync(join(folder, "server.json"), "utf8")) as { url: string };
  const key = readFileSync(join(folder, "admin-key"), "utf8").trim();
  const headers = { authorization: `Bothy ${key}`, "content-type": "application/json" };
  const body = JSON.stringify({ name, args });
  const response = await fetch(`${url}/api/admin/run`, { method: "POST", headers, body });
  return ((await response.json()) as { value: unknown }).value;
}

function noteLines(count: number, text: string): string {
  return Array.from({ length: count }, (_, at) => `${JSON.stringify({ user: "u", text: `${text} ${at}` })}\n`).join("");
}

test("[BK24] [BK25] an archive moves tables into another deployment, added, in place of tables, or of all", async () => {
  const [from, to] = [await serve("from"), await serve("to")];
  project.write("notes.jsonl", noteLines(700, "from"));
  const notes = join(project.folder, "notes.jsonl");
  expect((await run(from.folder, "import", notes, "--table", "notes")).code).toBe(0);
  await call(from.folder, "counters:addOne", { names: ["a", "b"] });
  const archive = join(project.folder, "all.zip");
  const exported = await run(from.folder, "export", archive);
  expect(JSON.parse(exported.stdout)).toMatchObject({ file: archive, documents: 702 });

  expect(JSON.parse((await run(to.folder, "import", archive)).stdout)).toMatchObject({
    inserted: 702,
    tables: { notes: 700, counters: 2, messages: 0, members: 0 },
  });
  const again = await run(to.folder, "import", archive);
  expect([again.code, errorIn(again.stderr).code]).toEqual([5, "document_exists"]);
  expect(await counts(to.folder)).toEqual([700, 2, 0]);

  // Rows of its own beside those of the archive.
  await run(to.folder, "import", notes, "--table", "notes");
  await call(to.folder, "counters:addOne", { names: ["c", "d"] });
  const unasked = await run(to.folder, "import", archive, "--replace", "--table", "notes");
  expect([unasked.code, errorIn(unasked.stderr).code]).toEqual([2, "usage_invalid"]);
  expect(await counts(to.folder)).toEqual([1_400, 4, 0]);
  expect((await run(to.folder, "import", archive, "--replace", "--table", "notes", "--yes")).code).toBe(0);
  expect(await counts(to.folder)).toEqual([700, 4, 0]);
  const only = join(project.folder, "only.zip");
  expect((await run(to.folder, "export", only, "--table", "notes")).code).toBe(0);
  expect((await run(to.folder, "import", only, "--replace-all", "--yes")).code).toBe(0);
  expect(await counts(to.folder)).toEqual([700, 0, 0]);
});

test("[BK24] [BK26] rows of a table go to standard output or a new file, and an export is of one version", async () => {
  const { folder } = await serve("rows");
  const id = makeId("counters", new Uint8Array(16).fill(7));
  project.write("given.jsonl", `${JSON.stringify({ _id: id, _creationTime: 3.5, name: "", value: 2 })}\n`);
  await run(folder, "import", join(project.folder, "given.jsonl"), "--table", "counters");
  const out = (format: string) =>
    runBothy([
      "export",
      "--table",
      "counters",
      "--format",
      format,
      "--project-dir",
      project.folder,
      "--folder",
      folder,
    ]);
  expect((await out("jsonl")).stdout).toBe(`{"_creationTime":3.5,"_id":"${id}","name":"","value":2}\n`);
  expect(JSON.parse((await out("json")).stdout)).toEqual([{ _id: id, _creationTime: 3.5, name: "", value: 2 }]);
  const csv = await out("csv");
  expect(csv.stdout).toBe(`_id,_creationTime,name,value\n${id},3.5,,2\n`);
  expect(csv.stderr).not.toContain("exactly");
  const file = join(project.folder, "out.csv");
  expect((await run(folder, "export", file, "--table", "counters")).code).toBe(0);
  expect(readFileSync(file, "utf8")).toBe(csv.stdout);
  // An archive that is written while others write holds one version: equal counters, whatever it is.
  const busy = { on: true };
  const load = (async () => {
    while (busy.on) await call(folder, "counters:addOne", { names: ["p", "q", "r"] });
  })();
  for (let round = 0; round < 3; round++) {
    const lines = (await out("jsonl")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { name: string; value: number });
    expect(
      new Set(lines.filter(({ name }) => "pqr".includes(name) && name !== "").map(({ value }) => value)).size,
    ).toBeLessThan(2);
  }
  busy.on = false;
  await load;
});

test("[BK27] what can't be exported is refused by name, and no file appears", async () => {
  const { folder } = await serve("refused");
  const at = (name: string) => join(project.folder, name);
  writeFileSync(at("there.zip"), "mine");
  const cases: [string[], number, string][] = [
    [[at("there.zip")], 2, "usage_invalid"],
    [[at("no-folder/x.zip")], 2, "usage_invalid"],
    [[at("x.csv")], 2, "usage_invalid"],
    [["-"], 2, "usage_invalid"],
    [[at("y.zip"), "--table", "_users"], 4, "table_missing"],
    [[at("y.csv"), "--table", "nothing"], 4, "table_missing"],
  ];
  for (const [words, exitCode, code] of cases) {
    const done = await run(folder, "export", ...words);
    expect([words, done.code, errorIn(done.stderr).code]).toEqual([words, exitCode, code]);
  }
  expect(readFileSync(at("there.zip"), "utf8")).toBe("mine");
  for (const name of ["x.csv", "y.zip", "y.csv", "y.csv.partial"]) expect(existsSync(at(name))).toBe(false);
});

test("[BK21] [BK23] an import that is killed in the middle is told by the next import and the next start, is finished, or taken back", async () => {
  const { folder, server } = await serve("cut");
  const notes = join(project.folder, "many.jsonl");
  project.write("many.jsonl", noteLines(6_000, "many"));
  project.write("few.jsonl", noteLines(3, "few"));
  const few = join(project.folder, "few.jsonl");
  await run(folder, "import", few, "--table", "notes");
  const cut = async (): Promise<void> => {
    const words = ["import", notes, "--table", "notes", "--project-dir", project.folder, "--folder", folder];
    const running = startBothy(words);
    await running.waitFor("rows/s");
    running.signal("SIGKILL");
    await running.ended;
  };
  await cut();
  const part = (await counts(folder)) as number[];
  expect(part[0]).toBeGreaterThan(3);
  expect(part[0]).toBeLessThan(6_003);
  const other = await run(folder, "import", few, "--table", "notes");
  expect([other.code, errorIn(other.stderr)]).toMatchObject([
    5,
    { code: "import_invalid", fix: expect.stringContaining("--resume") },
  ]);
  const wrong = await run(folder, "import", few, "--table", "notes", "--resume");
  expect([wrong.code, errorIn(wrong.stderr).code]).toEqual([5, "import_invalid"]);

  expect((await run(folder, "import", "--undo")).code).toBe(0);
  expect(await counts(folder)).toEqual([3, 0, 0]);
  const nothing = await run(folder, "import", "--undo");
  expect([nothing.code, errorIn(nothing.stderr).code]).toEqual([4, "not_found"]);

  await cut();
  // With the server killed as well; the next one says so, and the import goes on.
  server.signal("SIGKILL");
  await server.ended;
  const next = startBothy(["start", "--json", "--project-dir", project.folder, "--folder", folder, "--port", "0"]);
  await next.waitFor("is not finished");
  await next.waitFor('"url"');
  expect(urlIn(next.stdout())).toContain("http");
  expect(await run(folder, "import", notes, "--table", "notes", "--resume")).toMatchObject({ code: 0 });
  expect(await counts(folder)).toEqual([6_003, 0, 0]);
  expect((await run(folder, "import", few, "--table", "notes")).code).toBe(0);
});

test("[BK21] a first filling that is killed in the middle is taken back by the next start, and done whole", async () => {
  project.write(
    "seed.mjs",
    `export default {
      isNeeded: (server) => server.isEmpty("counters"),
      run: async (server) => {
        const ids = await server.insert("notes", Array.from({ length: 6000 }, (_, at) => ({ user: "u", text: String(at) })), "notes");
        await server.insert("counters", [{ name: "seeded", value: ids.length }], "mark");
        return "seeded";
      },
    };`,
  );
  const folder = join(project.folder, "seeded");
  const seed = ["--seed", join(project.folder, "seed.mjs")];
  const words = ["start", "--project-dir", project.folder, "--folder", folder, "--port", "0", ...seed];
  const first = startBothy(words);
  await first.waitFor("rows/s");
  first.signal("SIGKILL");
  await first.ended;
  const second = startBothy(words);
  await second.waitFor("is taken back");
  await second.waitFor("Bothy is running");
  expect(await counts(folder)).toEqual([6_000, 1, 0]);
});
