// `npm start`: installs and builds what is missing or has changed, then runs the production server with the demo app.
// Arguments after `--` go to `bothy start` (`npm start -- --port 4000`). Only Node's own modules are loaded here.

import { join } from "node:path";
import { requireNode } from "./node-version.mjs";

requireNode();

const { root, run } = await import("./run.mjs");
const { installPackages } = await import("./install.mjs");
const { buildIfChanged } = await import("./freshness.mjs");

// The demo's records, imported by the server once it is ready, on the first run only.
const seed = [];

await installPackages();
await buildIfChanged();

const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
const { code } = await run(
  process.execPath,
  [
    join(root, "packages", "bothy-server", "bin", "bothy.js"),
    "start",
    "--project-dir",
    join(root, "templates", "fieldlog"),
    "--folder",
    join(root, ".bothy"),
    ...seed,
    ...process.argv.slice(2),
  ],
  { onStart: (server) => signals.forEach((signal) => process.on(signal, () => passOn(server, signal))) },
);
process.exitCode = code;

/**
 * The server decides when it is done; we only wait for it. Ctrl-C reaches the whole process group from the terminal, so
 * it is not sent a second time, which would mean "now".
 */
function passOn(server, signal) {
  if (signal === "SIGINT" && process.stdin.isTTY) return;
  server.kill(signal);
}
