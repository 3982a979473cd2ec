// `npm start`: installs and builds what is missing or has changed, then runs the production server with the demo app.
// Arguments after `--` go to `bothy start` (`npm start -- --port 4000`). Only Node's own modules are loaded here.
// npm passes signals to its shell only, so a request to stop may show as the end of that shell.

import { join } from "node:path";
import { requireNode } from "./node-version.mjs";

requireNode();

const { root, run, showProblem } = await import("./run.mjs");
const { installPackages } = await import("./install.mjs");
const { buildIfChanged } = await import("./freshness.mjs");

const isWindows = process.platform === "win32";
const sameRequestMs = 500;
const parentPollMs = 300;

// The demo's records, imported by the server once it is ready, on the first run only.
const seed = ["--seed", join(root, "templates", "fieldlog", "seed", "seed.mjs")];

try {
  await installPackages();
  await buildIfChanged();
  process.exitCode = await serve();
} catch (error) {
  process.exitCode = showProblem(error);
}

async function serve() {
  const bothy = join(root, "packages", "bothy-server", "bin", "bothy.js");
  const folders = ["--project-dir", join(root, "templates", "fieldlog"), "--folder", join(root, ".bothy")];
  const args = [bothy, "start", ...folders, ...seed, ...process.argv.slice(2)];
  const { code } = await run(process.execPath, args, { isOwnGroup: !isWindows, onStart: passRequestsToStop });
  return code;
}

/**
 * One request to stop must reach the server once, because a second one means "at once". A Ctrl-C comes to us twice, from
 * the terminal and from npm; so the server has a group of its own, and hears of signals from here only.
 */
function passRequestsToStop(server) {
  if (isWindows) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    server.kill("SIGTERM");
  }, parentPollMs);
  watch.unref();
  let passedMs = Number.NEGATIVE_INFINITY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      const nowMs = performance.now();
      if (nowMs - passedMs < sameRequestMs) return;
      passedMs = nowMs;
      // A closed terminal is a request to stop like any other.
      server.kill(signal === "SIGHUP" ? "SIGTERM" : signal);
    });
  }
}
