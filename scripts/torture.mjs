// `npm run torture -- …`: builds what has changed, then tortures a real server and real browsers (docs/spec/torture.md).

import { requireNode } from "./node-version.mjs";

requireNode();

const { run, showProblem } = await import("./run.mjs");
const { installPackages } = await import("./install.mjs");
const { buildIfChanged } = await import("./freshness.mjs");

try {
  await installPackages();
  await buildIfChanged();
  const { code } = await run("tsx", ["tests/torture/run.ts", ...process.argv.slice(2)]);
  process.exitCode = code;
} catch (error) {
  process.exitCode = showProblem(error);
}
