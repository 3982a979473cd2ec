// `npm run history -- …`: builds what has changed, then writes a history of a real server (tests/history/README.md).

import { requireNode } from "./node-version.mjs";

requireNode();

const { run, showProblem } = await import("./run.mjs");
const { installPackages } = await import("./install.mjs");
const { buildIfChanged } = await import("./freshness.mjs");

try {
  await installPackages();
  await buildIfChanged();
  const { code } = await run("tsx", ["tests/history/run.ts", ...process.argv.slice(2)]);
  process.exitCode = code;
} catch (error) {
  process.exitCode = showProblem(error);
}
