import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Json } from "bothy/internal";
import { shortHash } from "../../base/index.ts";
import type { Disk, World } from "../../base/index.ts";
import type { FunctionEntry } from "../function-pool.ts";
import type { AppModules } from "./app-modules.ts";

/** A finished build, kept so that a start with unchanged functions neither bundles nor describes them. */
export interface KeptBuild {
  /** File name of the bundle. */
  readonly bundle: string;
  /** Hash of the bundle's text: a disk may change it. */
  readonly bundleHash: string;
  /** Every file that was read, relative to the app's folder. */
  readonly inputs: readonly string[];
  /** Hash of all that the build depended on. */
  readonly stamp: string;
  readonly functions: readonly FunctionEntry[];
  readonly schema: Json;
  /** By table, what its author said of how it changed. */
  readonly lenses: { readonly [table: string]: Json };
}

/** Where a build is kept, and what it is a build of. */
export interface KeptPlace {
  readonly world: Pick<World, "disk" | "clock">;
  readonly appFolder: string;
  readonly outFolder: string;
  readonly found: AppModules;
}

const fileName = "build.json";
/** Changes with the fields of the file. */
const fileFormat = 3;
/** Builds and describes; its release, and with it that of what bundles, is part of every build. */
const ownPackage = fileURLToPath(new URL("../../../package.json", import.meta.url));
/** Coarsest times of files that are still in use. */
const fileTimeStepMs = 2_000;

/** The kept build, if nothing that it depended on has changed since. */
export async function readKeptBuild(place: KeptPlace): Promise<KeptBuild | undefined> {
  const { disk } = place.world;
  const kept = parseKept(await disk.read(join(place.outFolder, fileName)));
  if (kept === undefined) return undefined;
  if ((await textOf(disk, join(place.outFolder, kept.bundle))) !== kept.bundleHash) return undefined;
  return kept.stamp === (await stampOf(place, kept.inputs)) ? kept : undefined;
}

function parseKept(bytes: Uint8Array | undefined): KeptBuild | undefined {
  if (bytes === undefined) return undefined;
  try {
    // A line with the hash of what follows: not only a foreign file keeps nothing, but one that was changed.
    const [hash, text = ""] = new TextDecoder().decode(bytes).split("\n", 2);
    if (shortHash(text) !== hash) return undefined;
    const { format, ...kept } = JSON.parse(text) as KeptBuild & { readonly format?: unknown };
    return format === fileFormat ? kept : undefined;
  } catch {
    // Somebody else's file: it keeps nothing.
    return undefined;
  }
}

/** Keeps a build that was begun at `startedMs`, unless one of its files may have changed under it. */
export async function keepBuild(
  place: KeptPlace,
  { startedMs, ...build }: Omit<KeptBuild, "stamp" | "bundleHash"> & { readonly startedMs: number },
): Promise<void> {
  const { disk } = place.world;
  const stamp = await stampOf(place, build.inputs);
  const times = await Promise.all(build.inputs.map((input) => disk.stat(resolve(place.appFolder, input))));
  if (times.some((found) => found !== undefined && found.modifiedMs > startedMs - fileTimeStepMs)) return;
  const bundleHash = await textOf(disk, join(place.outFolder, build.bundle));
  const text = JSON.stringify({ format: fileFormat, ...build, bundleHash, stamp });
  await disk.writeAtomic(join(place.outFolder, fileName), new TextEncoder().encode(`${shortHash(text)}\n${text}`));
}

/** By content, not by time: copies, checkouts and images of containers keep or lose times as they like. */
async function stampOf({ world: { disk }, appFolder, found }: KeptPlace, inputs: readonly string[]): Promise<string> {
  const files = inputs.map((input) => resolve(appFolder, input));
  const facts = await Promise.all([
    textOf(disk, ownPackage),
    ...files.map((file) => textOf(disk, file)),
    ...foldersAbove(files).map((folder) => surroundings(disk, folder, isInside(appFolder, folder))),
  ]);
  return shortHash(JSON.stringify([found, inputs, facts]));
}

/** What a folder above an input has to say about which file an import means, and how it is read. */
async function surroundings(disk: Disk, folder: string, holdsApp: boolean): Promise<string> {
  const names = await namesIn(disk, folder);
  const settings = names.filter((name) => /^(?:package|tsconfig.*)\.json$/u.test(name));
  const texts = await Promise.all(settings.map((name) => textOf(disk, join(folder, name))));
  const packages = names.includes("node_modules") ? await namesIn(disk, join(folder, "node_modules")) : [];
  // A new file can come before the one that was meant. Above the app itself, names change for reasons of their own.
  return JSON.stringify([holdsApp ? settings : names, texts, packages]);
}

async function textOf(disk: Disk, path: string): Promise<string> {
  try {
    const bytes = await disk.read(path);
    return bytes === undefined ? "absent" : shortHash(bytes);
  } catch {
    // What cannot be read by us cannot be read by what bundles either.
    return "unreadable";
  }
}

async function namesIn(disk: Disk, folder: string): Promise<readonly string[]> {
  try {
    return await disk.list(folder);
  } catch {
    // As above: a folder that may be passed through only.
    return [];
  }
}

function foldersAbove(files: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const file of files) {
    for (let folder = dirname(file); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  return [...folders];
}

function isInside(path: string, folder: string): boolean {
  const inner = relative(folder, path);
  return inner !== ".." && !inner.startsWith(`..${sep}`);
}
