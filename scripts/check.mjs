// `npm run check`: everything that must hold before a commit, except the suites of tests/. Runs every step even when
// an earlier one failed, because one look should show all there is to repair. `--skip a,b` leaves steps out.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { requireNode } from "./node-version.mjs";
import { root, run } from "./run.mjs";

const steps = [
  { name: "format", commands: [["oxfmt", "--check", "."]] },
  // Before lint, which reads the types of the built packages.
  { name: "build", commands: [["tsc", "-b"]] },
  { name: "lint", commands: [["oxlint"]] },
  { name: "types", commands: [["tsc", "-p", "tsconfig.check.json"], ...templateTypes()] },
  { name: "tidy", commands: [["tsx", "tools/tidy/main.ts"]], isShown: true },
  { name: "size", commands: [["node", "tools/size/measure.mjs"]], isShown: true },
  { name: "unit", commands: [["vitest", "run"]] },
];

/**
 * Runs the steps of the check, shows each as it ends, and returns the names of those that passed and failed. What has not ended by
 * `untilMs`, on the clock of `performance.now()`, is ended and has failed.
 */
export async function runCheck({ skipped = [], untilMs }) {
  const passed = [];
  const failed = [];
  for (const step of steps) {
    if (skipped.includes(step.name)) continue;
    const startedMs = performance.now();
    const failure = await firstFailure(step, untilMs);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stdout.write(`${failure ? "FAILED" : "ok    "}  ${step.name.padEnd(8)} ${seconds.padStart(5)} s\n`);
    (failure ? failed : passed).push(step.name);
  }
  return { passed, failed };
}

async function firstFailure(step, untilMs) {
  const limitMs = untilMs && Math.max(0, untilMs - performance.now());
  for (const [command, ...args] of step.commands) {
    const { code, output } = await run(command, args, { capture: true, env: colour(), limitMs });
    if (code !== 0 || step.isShown) process.stdout.write(`\n${output.trimEnd()}\n\n`);
    if (code !== 0) return true;
  }
  return false;
}

/** Output is collected before it is shown, so the tools cannot see by themselves whether a terminal is at its end. */
function colour() {
  return process.stdout.isTTY && !process.env["NO_COLOR"] ? { FORCE_COLOR: "1" } : {};
}

/** Templates are apps with settings of their own; they see the built packages, as a user's app does. */
function templateTypes() {
  return readdirSync(join(root, "templates"))
    .map((name) => `templates/${name}/tsconfig.json`)
    .filter((file) => existsSync(join(root, file)))
    .map((file) => ["tsc", "--noEmit", "-p", file]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  requireNode();
  const { values } = parseArgs({ options: { skip: { type: "string", default: "" } } });
  const unknown = values.skip.split(",").filter((name) => name !== "" && !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `Unknown step: ${unknown.join(", ")}. Steps are ${steps.map((step) => step.name).join(", ")}.\n`,
    );
    process.exit(2);
  }
  const { failed } = await runCheck({ skipped: values.skip.split(",") });
  process.stdout.write(failed.length === 0 ? "\nAll checks passed.\n" : `\nFailed: ${failed.join(", ")}.\n`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
