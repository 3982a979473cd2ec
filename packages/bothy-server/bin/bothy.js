#!/usr/bin/env node
// Checked before anything else is loaded: an older Node fails on syntax with a message nobody understands.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  const message = `Bothy needs Node 20.19 or newer; this is Node ${process.versions.node}.`;
  const fix = "Install a newer Node and run the command again.";
  const error = { code: "node_too_old", message, fix };
  process.stderr.write(process.argv.includes("--json") ? `${JSON.stringify({ error })}\n` : `${message}\n${fix}\n`);
  process.exit(2);
}
await import("../dist/cli/main.js");
