#!/usr/bin/env node
// Checked before anything else is loaded: an older Node fails on syntax with a message nobody understands.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Bothy needs Node 20.19 or newer; this is Node ${process.versions.node}.\nInstall a newer Node and run the command again.\n`,
  );
  process.exit(1);
}
await import("../dist/cli/main.js");
