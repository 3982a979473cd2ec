// `npm start`: installs and builds what is missing or has changed, then runs the production server with the demo app.
// Arguments after `--` go to `bothy start` (`npm start -- --port 4000`). Only Node's own modules are loaded here.

import { join } from "node:path";
import { requireNode } from "./node-version.mjs";

requireNode();

const { root, run, showProblem } = await import("./run.mjs");
const { installPackages } = await import("./install.mjs");
const { buildIfChanged } = await import("./freshness.mjs");

// The demo's records, imported by the server once it is ready, on the first run only.
const seed = [];

const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

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
  const onStart = (server) => signals.forEach((signal) => process.on(signal, () => passOn(server, signal)));
  const { code } = await run(process.execPath, [bothy, "start", ...folders, ...seed, ...process.argv.slice(2)], {
    onStart,
  });
  return code;
}

/**
 * The server decides when it is done; we only wait for it. Ctrl-C reaches the whole process group from the terminal, so
 * it is not sent a second time, which would mean "now".
 */
function passOn(server, signal) {
  if (signal === "SIGINT" && process.stdin.isTTY) return;
  server.kill(signal);
}
