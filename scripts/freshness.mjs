import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root, runOrFail } from "./run.mjs";

const stampFile = join(root, "node_modules", ".cache", "bothy", "build");

// What the build reads, and two files that it writes: with those missing, an unchanged source proves nothing.
const inputs = ["package-lock.json", "tsconfig.base.json", "tsconfig.json", "packages", "templates/fieldlog"];
const outputs = ["packages/bothy-server/dist/cli/main.js", "templates/fieldlog/dist/index.html"];
const unread = new Set(["dist", "node_modules", "_generated", ".bothy"]);

/** Builds everything, unless nothing that the build reads has changed since it last succeeded. */
export async function buildIfChanged() {
  const isBuilt = outputs.every((file) => existsSync(join(root, file)));
  if (isBuilt && existsSync(stampFile) && readFileSync(stampFile, "utf8") === fingerprint()) return;
  process.stderr.write("Building\n");
  await runOrFail("npm", ["run", "--silent", "build"], "The build failed; the messages above name the files.");
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, fingerprint());
}

/** Of names, sizes and dates, which a second start must read in milliseconds. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const input of inputs) addTo(hash, join(root, input));
  return hash.digest("hex");
}

function addTo(hash, path) {
  const status = statSync(path);
  if (!status.isDirectory()) {
    hash.update(`${relative(root, path)} ${status.size} ${status.mtimeMs}\n`);
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (!unread.has(name)) addTo(hash, join(path, name));
  }
}
