import { join, resolve } from "node:path";
import type { World } from "../../base/index.ts";
import { findModules, functionsFolderName } from "./app-modules.ts";
import { generatedFiles } from "./generated-files.ts";

/** Which app gets its `_generated/`. */
export interface GenerateCodeOptions {
  readonly world: Pick<World, "disk">;
  /** Holds the folder `bothy/`. */
  readonly appFolder: string;
}

/** Writes `bothy/_generated/` of an app where it differs; resolves with the files that were written. */
export async function generateCode({ world: { disk }, appFolder }: GenerateCodeOptions): Promise<readonly string[]> {
  const modules = await findModules(disk, resolve(appFolder));
  const folder = join(resolve(appFolder), functionsFolderName, "_generated");
  const written: string[] = [];
  for (const [name, text] of Object.entries(generatedFiles(modules))) {
    const bytes = await disk.read(join(folder, name));
    // A file that is written again makes every tool that watches it start over.
    if (bytes !== undefined && new TextDecoder().decode(bytes) === text) continue;
    await disk.makeFolder(folder);
    await disk.writeAtomic(join(folder, name), new TextEncoder().encode(text));
    written.push(`${functionsFolderName}/_generated/${name}`);
  }
  return written;
}
