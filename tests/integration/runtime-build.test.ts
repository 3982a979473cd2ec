import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { createWorld } from "../../packages/bothy-server/dist/base/index.js";
import { buildFunctions, generateCode } from "../../packages/bothy-server/dist/runtime/index.js";
import { makeApp } from "./runtime-stage.ts";
import type { AppFiles } from "./runtime-stage.ts";

const world = createWorld({ logFormat: "json" });
const removals: (() => void)[] = [];
afterEach(() => {
  for (const remove of removals.splice(0)) remove();
});

const schema = `import { defineSchema, defineTable, v } from "bothy";
export default defineSchema({ notes: defineTable({ text: v.string(), likes: v.number() }).index("by_text", ["text"]) });
`;
const reports = `import { query, mutation, internalQuery } from "../_generated/server.js";
import { v } from "bothy";
export const list = query({ args: {}, handler: async ({ db }) => db.query("notes").collect() });
export const add = mutation({ args: { text: v.string() }, handler: async ({ db }, { text }) => db.insert("notes", { text, likes: 0 }) });
export const secret = internalQuery({ args: {}, handler: async () => 1 });
`;
const scopes = `import { scope, range } from "./_generated/server.js";
export const all = scope(async () => [range("notes", "by_text")]);
`;
const files: AppFiles = {
  "schema.ts": schema,
  "shared/reports.ts": reports,
  "scopes.ts": scopes,
  "reports.test.ts": "export {};",
};

async function app(changed: AppFiles = {}) {
  const made = makeApp({ ...files, ...changed });
  removals.push(made.remove);
  await generateCode({ world, appFolder: made.folder });
  return {
    ...made,
    build: () => buildFunctions({ world, appFolder: made.folder, outFolder: join(made.folder, ".bothy") }),
  };
}

test("[FN19] a bundle has the functions of all modules under their names, and the schema", async () => {
  const { build } = await app();
  const { functions, schema: built } = await build();
  expect(functions.map(({ name, kind, visibility, isShared }) => [name, kind, visibility, isShared])).toEqual([
    ["scopes:all", "scope", "public", false],
    ["shared/reports:add", "mutation", "public", true],
    ["shared/reports:list", "query", "public", true],
    ["shared/reports:secret", "query", "internal", true],
  ]);
  expect(Object.keys(built.tables)).toEqual(["notes"]);
});

test("[FN22] an unchanged app gives the same bundle, a changed one another", async () => {
  const { build, write } = await app();
  const first = await build();
  const writtenMs = statSync(first.path).mtimeMs;
  expect((await build()).path).toBe(first.path);
  expect(statSync(first.path).mtimeMs).toBe(writtenMs);
  write({ "scopes.ts": `${scopes}export const none = scope(async () => []);\n` });
  expect((await build()).path).not.toBe(first.path);
});

test("[FN20] a shared module that imports a server-only one is refused, and both files are named", async () => {
  const { build } = await app({
    "secrets.ts": "export const key = 'k';\n",
    "shared/deep.ts": "import { key } from '../secrets.ts';\nexport const x = key;\n",
  });
  await expect(build()).rejects.toMatchObject({
    code: "build_failed",
    message: expect.stringMatching(/shared\/deep\.ts.*bothy\/secrets\.ts/su),
  });
});

test("[FN20] a shared module may import types of a server-only one, other shared modules and the schema", async () => {
  const { build } = await app({
    "secrets.ts": "export interface Secret { key: string }\nexport const key = 'k';\n",
    "shared/rules.ts": "export const maxLength = 10;\n",
    "shared/deep.ts":
      "import type { Secret } from '../secrets.ts';\nimport { maxLength } from './rules';\nimport schema from '../schema.ts';\nexport const x = (s: Secret) => s.key.length < maxLength && schema;\n",
  });
  await expect(build()).resolves.toMatchObject({ path: expect.any(String) });
});

test("[FN20] [FN21] modules of Node are refused where they touch the world, and everywhere in shared modules", async () => {
  const fromShared = await app({
    "shared/deep.ts": "import { inspect } from 'node:util';\nexport const x = inspect;\n",
  });
  await expect(fromShared.build()).rejects.toMatchObject({
    code: "build_failed",
    message: expect.stringContaining("node:util"),
  });
  const disk = await app({ "jobs.ts": "import { readFileSync } from 'fs';\nexport const x = readFileSync;\n" });
  await expect(disk.build()).rejects.toMatchObject({
    code: "build_failed",
    message: expect.stringMatching(/bothy\/jobs\.ts.*fs/su),
  });
  const pure = await app({ "jobs.ts": "import { inspect } from 'node:util';\nexport const x = inspect;\n" });
  await expect(pure.build()).resolves.toBeDefined();
});

test("[FN22] an error names file, line and column and shows the line", async () => {
  const { build } = await app({ "broken.ts": "export const a = 1;\nexport const b = = 2;\n" });
  await expect(build()).rejects.toMatchObject({
    code: "build_failed",
    message: expect.stringContaining("bothy/broken.ts:2:18"),
    details: [expect.objectContaining({ file: "bothy/broken.ts", line: 2, column: 18 })],
  });
  const { build: buildThrowing } = await app({ "broken.ts": "export const a = 1;\nthrow new Error('at load');\n" });
  await expect(buildThrowing()).rejects.toMatchObject({
    code: "build_failed",
    message: expect.stringContaining("at load"),
  });
});

test("[FN19] a path that cannot be called is refused", async () => {
  const { build, write } = await app();
  write({ "my-jobs.ts": "export const a = 1;\n" });
  await expect(build()).rejects.toMatchObject({
    code: "build_failed",
    message: expect.stringContaining("bothy/my-jobs.ts"),
  });
});

test("[FN23] generated code is written once, and again only when it changes", async () => {
  const made = await app();
  await expect(generateCode({ world, appFolder: made.folder })).resolves.toEqual([]);
  made.write({ "shared/more.ts": "export const a = 1;\n" });
  const written = await generateCode({ world, appFolder: made.folder });
  expect(written.toSorted()).toEqual(["bothy/_generated/api.d.ts", "bothy/_generated/client.js"]);
});

test("[FN23] generated code gives functions, references and documents their types", async () => {
  const made = await app({
    "../src/uses.ts": `import { api, internal } from "../bothy/_generated/api.js";
import type { Doc, Id } from "../bothy/_generated/dataModel.js";
import type { ArgsOf, ReturnOf } from "bothy";
export const args: ArgsOf<typeof api.shared.reports.add> = { text: "x" };
export const id: ReturnOf<typeof api.shared.reports.add> = "x" as Id<"notes">;
export const likes = (doc: Doc<"notes">): number => doc.likes;
export const secret: ReturnOf<typeof internal.shared.reports.secret> = 1;
// @ts-expect-error: internal functions are not in the public api
export type Hidden = typeof api.shared.reports.secret;
// @ts-expect-error: the argument has another type
export const wrong: ArgsOf<typeof api.shared.reports.add> = { text: 1 };
`,
  });
  const root = fileURLToPath(new URL("../../", import.meta.url));
  writeFileSync(
    join(made.folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "es2023",
        lib: ["es2023", "dom"],
        module: "esnext",
        moduleResolution: "bundler",
        noEmit: true,
        strict: true,
        allowImportingTsExtensions: true,
        types: [],
        skipLibCheck: false,
      },
      include: ["bothy", "src"],
    }),
  );
  const output = compile(join(root, "node_modules", ".bin", "tsc"), made.folder);
  expect(output.split("\n").filter((line) => /(?:bothy|src)\/.*error/u.test(line))).toEqual([]);
  expect(readFileSync(join(made.folder, "bothy/_generated/client.js"), "utf8")).not.toContain("scopes");
});

function compile(tsc: string, folder: string): string {
  try {
    return execFileSync(tsc, ["-p", folder], { encoding: "utf8" });
  } catch (thrown) {
    return String((thrown as { stdout?: unknown }).stdout);
  }
}
