import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root, runOrFail } from "./run.mjs";

const lockFile = join(root, "package-lock.json");
const installedFile = join(root, "node_modules", ".package-lock.json");

/** Installs the packages of the lock file, unless exactly those are installed already. */
export async function installPackages() {
  if (isInstalled()) return;
  process.stderr.write("Installing packages (npm ci)\n");
  // Install scripts stay off: everything we depend on works without them.
  await runOrFail(
    "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    "Packages could not be installed. Read npm's message above; a network and a package registry are needed once.",
  );
}

function isInstalled() {
  if (!existsSync(installedFile)) return false;
  if (statSync(installedFile).mtimeMs > statSync(lockFile).mtimeMs) return true;
  // A checkout touches the lock file without changing it, so an older date alone proves nothing.
  const wanted = JSON.parse(readFileSync(lockFile, "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  const isSame = (name) => wanted[name]?.version === installed[name]?.version;
  const isNeeded = (name) => name !== "" && !wanted[name].optional && !wanted[name].devOptional && !wanted[name].peer;
  return Object.keys(installed).every(isSame) && Object.keys(wanted).filter(isNeeded).every(isSame);
}
