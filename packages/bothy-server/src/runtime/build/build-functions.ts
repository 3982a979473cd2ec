import { basename, join, resolve } from "node:path";
import { bytesOfText, hexOfBytes, schemaFromJson, sha256 } from "bothy/internal";
import type { Json, Schema } from "bothy/internal";
import type { BuildOptions, BuildResult, OutputFile } from "esbuild";
import type { Disk, World } from "../../base/index.ts";
import { describeBundle } from "../describe-bundle.ts";
import type { FunctionEntry } from "../function-pool.ts";
import { findModules, functionsFolderName } from "./app-modules.ts";
import type { AppModules } from "./app-modules.ts";
import { buildFailed } from "./build-failed.ts";
import { loadBundler } from "./bundler.ts";
import { keepBuild, readKeptBuild } from "./kept-build.ts";
import type { KeptPlace } from "./kept-build.ts";
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
  /** By table, what its author said of how it changed. */
  readonly lenses: { readonly [table: string]: Json };
}

/** Bundles that are kept: processes of the last one may still be started while the next is built. */
const bundlesKept = 5;

/** Bundles the functions of an app and loads them once, if they have changed; fails with `build_failed`, naming file and line. */
export async function buildFunctions(options: BuildFunctionsOptions): Promise<Bundle> {
  const { world } = options;
  const appFolder = resolve(options.appFolder);
  const outFolder = resolve(options.outFolder);
  const found = await findModules(world.disk, appFolder);
  const place = { world, appFolder, outFolder, found };
  const kept = await readKeptBuild(place);
  if (kept) return { ...kept, path: join(outFolder, kept.bundle), schema: schemaFromJson(kept.schema) };
  const startedMs = world.clock.nowMs();
  const { path, inputs } = await bundleModules(place);
  const { functions, schema, lenses } = await describeBundle(world, path);
  await keepBuild(place, { startedMs, bundle: basename(path), inputs, functions, schema, lenses });
  return { path, schema: schemaFromJson(schema), functions, lenses };
}

/** Bundles the functions of an app without loading them; returns the path. Fails with `build_failed`, naming file and line. */
export async function bundleFunctions(options: BuildFunctionsOptions): Promise<string> {
  const { world } = options;
  const appFolder = resolve(options.appFolder);
  const found = await findModules(world.disk, appFolder);
  return (await bundleModules({ world, appFolder, outFolder: resolve(options.outFolder), found })).path;
}

async function bundleModules(place: KeptPlace): Promise<{
  readonly path: string;
  readonly inputs: readonly string[];
}> {
  const { world, outFolder, found } = place;
  const shared = { ...found, modules: found.modules.filter(({ isShared }) => isShared) };
  // The second bundle is thrown away: it proves that a device can load what `_generated/client.js` will import.
  const [server, app] = await Promise.all([bundle(place, found, "server"), bundle(place, shared, "app")]);
  const inputs = new Set([...Object.keys(server.metafile.inputs), ...Object.keys(app.metafile.inputs)]);
  const path = await writeBundle(world.disk, outFolder, server.outputFiles);
  return { path, inputs: [...inputs].toSorted() };
}

/** The folders of a build: of the app, and of its bundles. */
type Folders = Pick<KeptPlace, "appFolder" | "outFolder">;

async function bundle(
  folders: Folders,
  modules: AppModules,
  target: BundleTarget,
): Promise<BuildResult<typeof inMemory>> {
  const { build } = await loadBundler();
  try {
    return await build(optionsOf(folders, modules, target));
  } catch (thrown) {
    throw buildFailed(thrown);
  }
}

const inMemory = { write: false, metafile: true } as const;

function optionsOf(folders: Folders, modules: AppModules, target: BundleTarget): BuildOptions & typeof inMemory {
  const { appFolder, outFolder } = folders;
  const functionsFolder = join(appFolder, functionsFolderName);
  return {
    stdin: { contents: entryText(modules), resolveDir: functionsFolder, sourcefile: "entry", loader: "js" },
    absWorkingDir: appFolder,
    // Nothing is written there yet: the map names the app's files as seen from where it will lie.
    outdir: outFolder,
    entryNames: "functions",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    ...inMemory,
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
  const bytes = new TextEncoder().encode(withMap(code, hash));
  const found = await disk.read(path);
  // Written last and whole: whoever finds the name finds a bundle with its map. One that a disk has changed is written again.
  if (found === undefined || Buffer.compare(found, bytes) !== 0) await disk.writeAtomic(path, bytes);
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
  }
}
