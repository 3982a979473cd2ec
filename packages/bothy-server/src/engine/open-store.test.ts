import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNodeDisk, createSystemClock } from "../base/index.ts";
import type { Engine } from "./engine.ts";
import { readStoreMark, writeStoreMark } from "./store-mark.ts";
import { commit, contentOf, newId, openTestEngine, putDocument, testWorld, type TestWorld } from "./test-engine.ts";

const root = mkdtempSync(join(tmpdir(), "bothy-open-store-"));
const disk = createNodeDisk();
let folderCount = 0;
afterAll(() => rmSync(root, { recursive: true }));

interface Opened {
  readonly world: TestWorld;
  readonly engine: Engine;
}

async function open(folder: string): Promise<Opened> {
  const world = testWorld();
  const real = { ...world, clock: createSystemClock(), disk };
  return { world, engine: await openTestEngine(real, { folder, store: "lmdb" }) };
}

/** A closed folder, and what it holds. */
async function makeFolder(): Promise<{ readonly folder: string; readonly content: Record<string, string> }> {
  const folder = join(root, String(++folderCount));
  const { engine } = await open(folder);
  for (let rank = 0; rank < 50; rank++)
    commit(engine, putDocument(engine, "notes", { _id: newId("notes"), room: "a", rank, body: `marked ${rank}` }));
  const content = contentOf(engine);
  await engine.close();
  return { folder, content };
}

/** Changes one byte behind every occurrence of a text in the store's file. */
function flipBehind(folder: string, text: string): void {
  const path = join(folder, "store", "data.mdb");
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    const behind = at + text.length;
    bytes[behind] = (bytes[behind] ?? 0) ^ 1;
  }
  writeFileSync(path, bytes);
}

/** What two starts warn of, and what each of them shows. */
async function startTwice(folder: string): Promise<readonly (readonly [warnings: number, content: object])[]> {
  const shown: (readonly [warnings: number, content: object])[] = [];
  for (let round = 0; round < 2; round++) {
    const { world, engine } = await open(folder);
    shown.push([world.warnings.length, contentOf(engine)]);
    await engine.close();
  }
  return shown;
}

test("[P10] [ST11] a value that a read finds changed is not served, ends the process, and the next start makes the store again", async () => {
  const { folder, content } = await makeFolder();
  flipBehind(folder, "marked 7");
  const { world, engine } = await open(folder);
  // The real process is no more before the read returns.
  expect(() => contentOf(engine)).toThrow("the process would have ended");
  expect(world.deaths).toEqual([expect.stringContaining("not what was written")]);
  expect(await readStoreMark(disk, folder)).toMatchObject({ state: "damaged" });
  await engine.close();
  expect(await readStoreMark(disk, folder)).toMatchObject({ state: "damaged" });
  expect(await startTwice(folder)).toEqual([
    [1, content],
    [0, content],
  ]);
});

test("[P10] [ST11] what a start itself finds changed makes the store again at once", async () => {
  const { folder, content } = await makeFolder();
  flipBehind(folder, "mdeployment");
  expect(await startTwice(folder)).toEqual([
    [1, content],
    [0, content],
  ]);
  const other = await makeFolder();
  // Beside documents a start reads what the log goes on with.
  flipBehind(other.folder, "mposition");
  expect(await startTwice(other.folder)).toEqual([
    [1, other.content],
    [0, other.content],
  ]);
});

test("[ST12] a start that ended while it opened the store makes the next one rebuild it; a closed store leaves no mark", async () => {
  const { folder, content } = await makeFolder();
  expect(existsSync(join(folder, "store-mark.json"))).toBe(false);
  await writeStoreMark(disk, folder, { state: "opening" });
  expect(await startTwice(folder)).toEqual([
    [1, content],
    [0, content],
  ]);
});

test("[ST12] ends that were no closing are counted, and a mark that cannot be read counts as one", async () => {
  const { folder, content } = await makeFolder();
  const marks: unknown[] = [];
  for (let ends = 0; ends < 3; ends++) {
    const { engine } = await open(folder);
    marks.push(await readStoreMark(disk, folder));
    const mark = readFileSync(join(folder, "store-mark.json"));
    await engine.close();
    // As a process leaves it that is killed.
    writeFileSync(join(folder, "store-mark.json"), mark);
  }
  expect(marks).toEqual([0, 1, 2].map((endsBefore) => ({ state: "in_use", endsBefore })));
  for (const text of ["", "{", "[]", "7", '{"state":"in_use"}', '{"state":"damaged"}']) {
    writeFileSync(join(folder, "store-mark.json"), text);
    expect(await readStoreMark(disk, folder)).toEqual({ state: "in_use", endsBefore: 0 });
  }
  const { engine } = await open(folder);
  expect(contentOf(engine)).toEqual(content);
  await engine.close();
});
