import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A change of one file of the repository: the text `find`, which must occur exactly once, becomes `replace`. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The patched text of the file; fails when the text to be replaced is not there exactly once. */
export function patchSource(patch: Patch): string {
  return applyPatch(readFileSync(`${root}${patch.file}`, "utf8"), patch);
}

/** Applies a patch to the text of its file. */
export function applyPatch(source: string, { file, find, replace }: Patch): string {
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`${file} has the text to be replaced ${count} times, not once:\n${find}`);
  return source.replace(find, () => replace);
}
