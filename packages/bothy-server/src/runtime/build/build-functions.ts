import { join, resolve } from "node:path";
import { bytesOfText, hexOfBytes, schemaFromJson, sha256 } from "bothy/internal";
import type { Schema } from "bothy/internal";
import type { BuildOptions, OutputFile } from "esbuild";
import type { Disk, World } from "../../base/index.ts";
import { describeBundle } from "../describe-bundle.ts";
import type { FunctionEntry } from "../function-pool.ts";
import { findModules, functionsFolderName } from "./app-modules.ts";
import type { AppModules } from "./app-modules.ts";
import { buildFailed } from "./build-failed.ts";
import type { ReadyMessage } from "../messages.ts";
import { refuseImports } from "./refuse-imports.ts";
import type { BundleTarget } from "./refuse-imports.ts";

/** Which app is built, and where its bundles are kept. */
export interface BuildFunctionsOptions {
  readonly world: World;
  /** Holds the folder `bothy/`. */
  readonly appFolder: string;
  /** Where bundles are kept, by the hash of their content. */
  readonly outFolder: string;
}

/** An app's functions as one file, with what it contains. */
export interface Bundle {
  readonly path: string;
  readonly schema: Schema;
  readonly functions: readonly FunctionEntry[];
}

/** Bundles that are kept: processes of the last one may still be started while the next is built. */
const bundlesKept = 5;

/** Bundles the functions of an app and loads them once; fails with `build_failed`, naming file and line. */
export async function buildFunctions({ world, appFolder, outFolder }: BuildFunctionsOptions): Promise<Bundle> {
  const folder = resolve(appFolder);
  const found = await findModules(world.disk, folder);
  const shared = { ...found, modules: found.modules.filter(({ isShared }) => isShared) };
  // The second bundle is thrown away: it proves that a device can load what `_generated/client.js` will import.
  const [files] = await Promise.all([bundle(folder, found, "server"), bundle(folder, shared, "app")]);
  const path = await writeBundle(world.disk, resolve(outFolder), files);
  const { functions, schema } = await describeOnce(world, path);
  return { path, schema: schemaFromJson(schema), functions };
}

/** What a bundle contains is kept beside it: a start with unchanged functions need not load them twice. */
async function describeOnce(world: World, path: string): Promise<Pick<ReadyMessage, "functions" | "schema">> {
  const keptAt = `${path}.json`;
  const kept = await world.disk.read(keptAt);
  if (kept !== undefined) return JSON.parse(new TextDecoder().decode(kept)) as ReadyMessage;
  const { functions, schema } = await describeBundle(world, path);
  await world.disk.writeAtomic(keptAt, new TextEncoder().encode(JSON.stringify({ functions, schema })));
  return { functions, schema };
}

async function bundle(appFolder: string, modules: AppModules, target: BundleTarget): Promise<readonly OutputFile[]> {
  // Loaded when first needed: a server that only runs a finished bundle never is.
  const { build } = await import("esbuild");
  try {
    const { outputFiles } = await build(optionsOf(appFolder, modules, target));
    return outputFiles;
  } catch (thrown) {
    throw buildFailed(thrown);
  }
}

function optionsOf(appFolder: string, modules: AppModules, target: BundleTarget): BuildOptions & { write: false } {
  const functionsFolder = join(appFolder, functionsFolderName);
  return {
    stdin: { contents: entryText(modules), resolveDir: functionsFolder, sourcefile: "entry", loader: "js" },
    absWorkingDir: appFolder,
    outdir: "out",
    entryNames: "functions",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["module", "import", "default"],
    target: "es2023",
    sourcemap: target === "server" ? "linked" : false,
    sourcesContent: false,
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [refuseImports(functionsFolder, target)],
    logLevel: "silent",
  };
}

/** The module that a function process imports: the schema and every module of functions by name. */
function entryText({ modules, schemaFile }: AppModules): string {
  return [
    schemaFile === undefined
      ? 'import { defineSchema } from "bothy"; const schema = defineSchema({});'
      : `import schema from ${JSON.stringify(`./${schemaFile}`)};`,
    ...modules.map(({ file }, at) => `import * as module${at} from ${JSON.stringify(`./${file}`)};`),
    `const modules = { ${modules.map(({ name }, at) => `${JSON.stringify(name)}: module${at}`).join(", ")} };`,
    "export { schema, modules };",
  ].join("\n");
}

async function writeBundle(disk: Disk, outFolder: string, files: readonly OutputFile[]): Promise<string> {
  const code = files.find(({ path }) => path.endsWith(".mjs"))?.text ?? "";
  const map = files.find(({ path }) => path.endsWith(".map"))?.contents;
  const hash = hexOfBytes(sha256(bytesOfText(code))).slice(0, 16);
  const path = join(outFolder, `functions-${hash}.mjs`);
  await disk.makeFolder(outFolder);
  if (map !== undefined) await disk.writeAtomic(`${path}.map`, map);
  // Written last and whole: whoever finds the name finds a bundle with its map.
  if (!(await disk.stat(path))) await disk.writeAtomic(path, new TextEncoder().encode(withMap(code, hash)));
  await removeOld(disk, outFolder, path);
  return path;
}

function withMap(code: string, hash: string): string {
  return code.replace(/^\/\/# sourceMappingURL=.*$/mu, `//# sourceMappingURL=functions-${hash}.mjs.map`);
}

async function removeOld(disk: Disk, folder: string, current: string): Promise<void> {
  const bundles: { path: string; modifiedMs: number }[] = [];
  for (const name of await disk.list(folder)) {
    const path = join(folder, name);
    const found = /^functions-[0-9a-f]+\.mjs$/u.test(name) ? await disk.stat(path) : undefined;
    if (found && path !== current) bundles.push({ path, modifiedMs: found.modifiedMs });
  }
  bundles.sort((a, b) => b.modifiedMs - a.modifiedMs);
  for (const { path } of bundles.slice(bundlesKept - 1)) {
    await disk.remove(path);
    await disk.remove(`${path}.map`);
    await disk.remove(`${path}.json`);
  }
}
