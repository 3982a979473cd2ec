import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { schemaHash } from "bothy/internal";
import { afterEach, expect, test } from "vitest";
import { createWorld } from "../../packages/bothy-server/dist/base/index.js";
import type { World } from "../../packages/bothy-server/dist/base/index.js";
import { buildFunctions, generateCode } from "../../packages/bothy-server/dist/runtime/index.js";
import { makeApp } from "./runtime-stage.ts";

const real = createWorld({ logFormat: "json" });
const removals: (() => void)[] = [];
afterEach(() => {
  for (const remove of removals.splice(0)) remove();
});

/** An app that imports a file outside `bothy/`; `build` tells whether the app was bundled and loaded anew. */
async function app(aheadMs = 60_000) {
  const made = makeApp({
    "schema.ts": `import { defineSchema, defineTable, v } from "bothy";
      export default defineSchema({ notes: defineTable({ text: v.string() }) });`,
    "notes.ts": `import { query } from "./_generated/server.js";
      import { text } from "../lib/text.js";
      export const read = query({ args: {}, handler: async () => text });`,
  });
  removals.push(made.remove);
  let started = 0;
  const world: World = {
    ...real,
    // The files of this test are as old as those of an app that somebody is not writing just now.
    clock: { ...real.clock, nowMs: () => real.clock.nowMs() + aheadMs },
    processes: { spawn: (request) => (started++, real.processes.spawn(request)) },
  };
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(made.folder, file)), { recursive: true });
    writeFileSync(join(made.folder, file), text);
  };
  write("lib/text.js", 'export { text } from "./deep";');
  write("lib/deep/index.js", 'export const text = "one";');
  await generateCode({ world, appFolder: made.folder });
  const outFolder = join(made.folder, ".bothy");
  const build = async () => {
    started = 0;
    const bundle = await buildFunctions({ world, appFolder: made.folder, outFolder });
    return { ...bundle, code: readFileSync(bundle.path, "utf8"), isAnew: started > 0 };
  };
  return { ...made, write, outFolder, build };
}

test("[FN24] a build is kept: with nothing changed it is neither bundled nor loaded again, and says the same", async () => {
  const { build } = await app();
  const first = await build();
  const second = await build();
  expect([first.isAnew, second.isAnew]).toEqual([true, false]);
  expect(second.path).toBe(first.path);
  expect(second.functions).toEqual(first.functions);
  expect(schemaHash(second.schema)).toBe(schemaHash(first.schema));
});

test("[FN24] [P10] a kept build or bundle that is not what was written is built again", async () => {
  const { build, outFolder } = await app();
  const first = await build();
  for (const file of [join(outFolder, "build.json"), first.path]) {
    const bytes = readFileSync(file);
    for (const at of [40, Math.floor(bytes.length / 2), bytes.length - 2]) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      writeFileSync(file, flipped);
      const next = await build();
      expect([file, at, next.isAnew, next.code]).toEqual([file, at, true, first.code]);
    }
  }
  expect((await build()).isAnew).toBe(false);
});

test.each([
  ["a module of functions", "bothy/notes.ts", 'export const note = 1; export { text } from "../lib/text.js";'],
  ["a new module", "bothy/more.ts", "export const more = 1;"],
  ["a new file that exports nothing", "bothy/note.ts", "const nothing = 1;"],
  ["the schema", "bothy/schema.ts", 'import { defineSchema } from "bothy"; export default defineSchema({});'],
  ["a file outside bothy/ that is imported", "lib/text.js", 'export const text = "two";'],
  ["a file that an imported one imports", "lib/deep/index.js", 'export const text = "two";'],
  ["a file that comes before an imported one", "lib/deep.ts", 'export const text = "two";'],
  ["the settings of the compiler", "tsconfig.json", '{ "compilerOptions": { "jsx": "react" } }'],
  ["settings that others extend", "tsconfig.base.json", '{ "compilerOptions": { "jsx": "react" } }'],
  ["the app's package.json", "package.json", '{ "type": "module", "sideEffects": false }'],
  ["a package installed nearer", "node_modules/bothy-stand-in/package.json", "{}"],
])("[FN24] it is built anew after a change of %s", async (_what, file, text) => {
  const { build, write } = await app();
  await build();
  expect((await build()).isAnew).toBe(false);
  write(file, text);
  expect((await build()).isAnew).toBe(true);
  expect((await build()).isAnew).toBe(false);
});

test("[FN24] a change that leaves size and time of a file as they were is seen too", async () => {
  const { build, folder } = await app();
  const path = join(folder, "lib/deep/index.js");
  // Of whole seconds: what is set with fractions is read back a little earlier, half of the time.
  const time = new Date(1_700_000_000_000);
  utimesSync(path, time, time);
  const { size } = statSync(path);
  await build();
  writeFileSync(path, readFileSync(path, "utf8").replace("one", "two"));
  utimesSync(path, time, time);
  expect([statSync(path).size, statSync(path).mtimeMs]).toEqual([size, time.getTime()]);
  const { isAnew, code } = await build();
  expect(isAnew).toBe(true);
  expect(code).toContain('"two"');
});

test("[FN24] what may have changed while it was built is not kept", async () => {
  const { build } = await app(0);
  expect([(await build()).isAnew, (await build()).isAnew]).toEqual([true, true]);
});

test.each([
  ["damaged", (kept: string) => kept.slice(0, 40)],
  ["of another release", (kept: string) => kept.replace('"format":3', '"format":0')],
])("[FN24] a kept build that is %s is built anew", async (_what, change) => {
  const { build, outFolder } = await app();
  await build();
  const path = join(outFolder, "build.json");
  const changed = change(readFileSync(path, "utf8"));
  expect(changed).not.toBe(readFileSync(path, "utf8"));
  writeFileSync(path, changed);
  expect((await build()).isAnew).toBe(true);
});
