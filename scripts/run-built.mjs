// Builds what has changed and runs a TypeScript program of the tests over it, with the arguments of this process.

import { requireNode } from "./node-version.mjs";

/** Runs a program by its path in the repository; the exit code is the program's, or 1 with the problem shown. */
export async function runBuilt(program) {
  requireNode();
  // Loaded now, so that a Node that is too old hears just that.
  const { run, showProblem } = await import("./run.mjs");
  const { installPackages } = await import("./install.mjs");
  const { buildIfChanged } = await import("./freshness.mjs");
  try {
    await installPackages();
    await buildIfChanged();
    const { code } = await run("tsx", [program, ...process.argv.slice(2)]);
    process.exitCode = code;
  } catch (error) {
    process.exitCode = showProblem(error);
  }
}
