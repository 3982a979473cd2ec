import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { makeFolder, runCommand, testApp } from "../deployment.ts";
import { openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

let scene: Scene;
let folder: string;
let files = 0;
beforeAll(async () => {
  scene = await openScene();
  folder = await makeFolder();
});
afterEach(() => scene.expectPeace());
afterAll(() => scene.close());

/** Runs `bothy import` against the running server and tells its exit code and the code of its error. */
async function importFile(content: string | Uint8Array, table: string, name = "rows.csv") {
  const file = join(folder, `${++files}-${name}`);
  await writeFile(file, content);
  const target = ["--project-dir", testApp, "--folder", scene.deployment.folder];
  const { code: exitCode, stderr } = await runCommand(["--json", "import", file, "--table", table, ...target]);
  const problem: { readonly error?: { readonly code: string } } = stderr === "" ? {} : JSON.parse(stderr);
  return { exitCode, errorCode: problem.error?.code };
}

const head = "room,author,body,isClosed";
const good = "control,eve,forged,false";
const manyGood = Array.from({ length: 1_200 }, () => good).join("\n");
const invalid = { exitCode: 5, errorCode: "import_invalid" };

describe.concurrent("[P11] [S15] a CSV file with anything wrong in it is import_invalid, and no row of it is stored:", () => {
  test.each<[string, string | Uint8Array]>([
    ["a quote that is never closed", `${head}\n${good}\ncontrol,eve,"forged,false\n`],
    ["a quote inside a field", `${head}\n${good}\ncontrol,eve,for"ged,false\n`],
    ["text behind a closing quote", `${head}\n${good}\ncontrol,eve,"for"ged,false\n`],
    ["a column missing in a row", `${head}\n${good}\ncontrol,eve,forged\n`],
    ["a column too many in a row", `${head}\n${good}\n${good},true\n`],
    ["a column missing everywhere", "room,author,body\ncontrol,eve,forged\n"],
    ["a column that the table has not", `${head},isAdmin\n${good},true\n`],
    ["a column twice", `room,${head}\ncontrol,${good}\n`],
    ["no name of a column", `${head},\n${good},x\n`],
    ["a column __proto__", `${head},__proto__\n${good},x\n`],
    ["a column constructor", `${head},constructor\n${good},x\n`],
    ["an _id", `_id,${head}\nx,${good}\n`],
    ["a _creationTime that is none", `_creationTime,${head}\nyesterday,${good}\n`],
    ["no boolean where one is due", `${head}\n${good}\ncontrol,eve,forged,maybe\n`],
    ["one wrong row behind many", `${head}\n${manyGood}\ncontrol,eve,forged,0\n`],
    ["a document too large behind many rows", `${head}\n${manyGood}\ncontrol,eve,${"x".repeat(1_100_000)},false\n`],
    ["an index key too large behind many rows", `${head}\n${manyGood}\n${"x".repeat(2_000)},eve,forged,false\n`],
    [
      "text that is no UTF-8",
      Buffer.concat([Buffer.from(`${head}\ncontrol,`), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from(",x,false\n")]),
    ],
    ["UTF-16", Buffer.from(`\ufeff${head}\n${good}\n`, "utf16le")],
    ["noise", Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 7_919) % 256))],
  ])("%s", async (_what, content) => {
    expect(await importFile(content, "messages")).toEqual(invalid);
  });

  test.each(["twelve", "", "1,5", "1 2", "NaN", "--1", "12e"])("%j where a number is due", async (cell) => {
    expect(await importFile(`name,value\nx,"${cell}"\n`, "counters")).toEqual(invalid);
  });
});

describe.concurrent("[P11] [S16] a JSON file with anything wrong in it is import_invalid, and no row of it is stored:", () => {
  const row = '{"room":"control","author":"eve","body":"forged","isClosed":false}';

  test.each([
    ["half an array", "rows.json", `[${row},`],
    ["no array", "rows.json", row],
    ["numbers", "rows.json", "[1,2,3]"],
    ["a row without a field", "rows.json", `[${row},{"room":"control"}]`],
    ["a row with __proto__", "rows.json", `[${row.replace("{", '{"__proto__":{"isAdmin":true},')}]`],
    ["an encoding that there is not", "rows.json", `[${row.replace('"forged"', '{"$secret":"x"}')}]`],
    ["rows nested without end", "rows.json", `${"[".repeat(50_000)}${"]".repeat(50_000)}`],
    ["a line that is no JSON", "rows.jsonl", `${row}\n{"room":\n${row}\n`],
    ["a line that is no object", "rows.jsonl", `${row}\n"control"\n`],
  ])("%s", async (_what, name, content) => {
    expect(await importFile(content, "messages", name)).toEqual(invalid);
  });
});

describe.concurrent("[P11] what can't be imported into is refused by name:", () => {
  test.each([
    ["an unknown table", "nothing", "rows.csv", { exitCode: 4, errorCode: "table_missing" }],
    ["a table of the system", "_users", "rows.csv", { exitCode: 4, errorCode: "table_missing" }],
    ["a table named as what every object has", "constructor", "rows.csv", { exitCode: 4, errorCode: "table_missing" }],
    ["a file whose name tells no format", "messages", "rows.xml", { exitCode: 2, errorCode: "usage_invalid" }],
  ])("%s", async (_what, table, name, end) => {
    expect(await importFile(`${head}\n${good}\n`, table, name)).toEqual(end);
  });
});

test("a file in which nothing is wrong is imported", async () => {
  const room = "library";
  const content = `${head}\n${room},ada,"one ""quoted"", line\nand another",false\n${room},ada,,true\n`;
  expect(await importFile(content, "messages")).toEqual({ exitCode: 0, errorCode: undefined });
  expect((await scene.call("server:allMessages", { room })).value).toMatchObject([
    { body: 'one "quoted", line\nand another', isClosed: false },
    { body: "", isClosed: true },
  ]);
});
