import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { problem, run } from "./run.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const places = [
  "/usr/lib/chromium/chromium",
  "/opt/google/chrome/chrome",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * The path of a Chromium or Chrome that starts: the one named by BOTHY_CHROMIUM, else one that is installed, else one
 * that is installed now. Throws a problem when there is none to be had.
 */
export async function provideChromium() {
  const named = process.env["BOTHY_CHROMIUM"];
  if (named) {
    if (await doesStart(named)) return named;
    throw noChromium(`BOTHY_CHROMIUM names "${named}", which does not start.`);
  }
  const found = (await findChromium()) ?? (await installChromium());
  if (!found) throw noChromium("No Chromium or Chrome was found, and none could be installed.");
  return found;
}

async function findChromium() {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...places];
  const downloaded = await downloadedPath();
  if (downloaded) candidates.push(downloaded);
  for (const candidate of candidates) {
    if (await doesStart(candidate)) return candidate;
  }
  return undefined;
}

async function installChromium() {
  if (process.getuid?.() === 0 && existsSync("/etc/debian_version")) {
    process.stderr.write("Installing Chromium for the browser tests (apt-get)\n");
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    // Its result is not looked at: the package lists that are there may do.
    await run("apt-get", ["-q", "update"], { env, capture: true });
    const installed = await run("apt-get", ["-q", "install", "-y", "chromium"], { env, capture: true });
    const found = await findChromium();
    if (found) return found;
    process.stderr.write(installed.output);
  }
  process.stderr.write("Installing Chromium for the browser tests (playwright-core install)\n");
  await run("playwright-core", ["install", "chromium"]);
  return findChromium();
}

/** Where `playwright-core install chromium` puts its browser. */
async function downloadedPath() {
  const { chromium } = await import("playwright-core");
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
}

async function doesStart(path) {
  if (!existsSync(path)) return false;
  // Chrome on Windows opens a window for --version, so there its presence has to do.
  if (process.platform === "win32") return true;
  const { code } = await run(path, ["--version"], { capture: true });
  return code === 0;
}

function noChromium(what) {
  const remedy =
    "Install Chromium or Chrome (on Debian as root: apt-get install chromium) or set BOTHY_CHROMIUM to its path.";
  return problem(`${what}\n${remedy}`);
}
