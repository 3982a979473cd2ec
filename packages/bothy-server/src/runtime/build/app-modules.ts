import { join } from "node:path";
import { BothyError } from "bothy/internal";
import type { Disk } from "../../base/index.ts";

/** The files of an app's `bothy/` folder that matter, as paths relative to it with "/" between. */
export interface AppModules {
  /** Modules of functions, sorted. */
  readonly modules: readonly AppModule[];
  /** The schema's file, if there is one. */
  readonly schemaFile: string | undefined;
}

export interface AppModule {
  /** As functions are addressed: `shared/reports`. */
  readonly name: string;
  readonly file: string;
  /** In `shared/`: bundled into the app too, and run on devices. */
  readonly isShared: boolean;
}

/** Folders inside `bothy/` are followed so deep. */
const depthMax = 16;
const sourceFile = /^[^.]+\.(?:ts|tsx|js|jsx|mjs|mts)$/u;
const schemaFile = /^schema\.(?:ts|js|mjs|mts)$/u;
const isModule = /^\s*(?:import|export)\b/mu;

/** The folder of an app that holds its functions. */
export const functionsFolderName = "bothy";

/**
 * Finds the modules of an app: every source file in `bothy/` except generated ones, the schema, files with more than one
 * dot (`reports.test.ts`), those whose name begins with a dot or "#" or has a space, and those that neither import nor
 * export anything.
 */
export async function findModules(disk: Disk, appFolder: string): Promise<AppModules> {
  const root = join(appFolder, functionsFolderName);
  const files = (await listFiles(disk, root, "", depthMax)).toSorted();
  const modules: AppModule[] = [];
  for (const file of files) {
    if (schemaFile.test(file)) continue;
    const source = new TextDecoder().decode(await disk.read(join(root, file)));
    if (!isModule.test(source)) continue;
    modules.push({ name: moduleName(file), file, isShared: file.startsWith("shared/") });
  }
  checkTwins(modules);
  return { modules, schemaFile: files.find((file) => schemaFile.test(file)) };
}

async function listFiles(disk: Disk, root: string, folder: string, depth: number): Promise<string[]> {
  const files: string[] = [];
  for (const name of await disk.list(join(root, folder))) {
    if (/^[.#]|\s|^(?:node_modules|_generated)$/u.test(name)) continue;
    const path = folder === "" ? name : `${folder}/${name}`;
    const isFolder = (await disk.stat(join(root, path)))?.isFolder ?? false;
    if (isFolder && depth > 0) files.push(...(await listFiles(disk, root, path, depth - 1)));
    if (!isFolder && sourceFile.test(name)) files.push(path);
  }
  return files;
}

function moduleName(file: string): string {
  const name = file.replace(/\.[a-z]+$/u, "");
  if (/^[A-Za-z0-9_/]+$/u.test(name)) return name;
  throw new BothyError("build_failed", {
    message: `bothy/${file} cannot be a module of functions: its path has something else than letters, digits and "_".`,
    fix: "Rename it; functions are called by the path of their module.",
  });
}

function checkTwins(modules: readonly AppModule[]): void {
  const fileByName = new Map<string, string>();
  for (const { name, file } of modules) {
    const twin = fileByName.get(name);
    if (twin !== undefined) {
      throw new BothyError("build_failed", {
        message: `bothy/${twin} and bothy/${file} are both the module "${name}".`,
        fix: "Rename one of them.",
      });
    }
    fileByName.set(name, file);
  }
}
