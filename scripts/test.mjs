// `npm test`: installs what is missing, builds, and runs every suite in order; `--suite name [file…]` runs one of them.
// The last line is `N passed, N failed`, summed over all suites. Only Node's own modules are loaded before the install.

import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { requireNode } from "./node-version.mjs";

requireNode();

const { root, run, runOrFail, showProblem } = await import("./run.mjs");
const { countTests, failedFiles, withLater } = await import("./count-tests.mjs");
const { installPackages } = await import("./install.mjs");

const built = ["--config", "vitest.built.config.ts", "--project"];

// In order of what a failure costs to find out: the quick ones first. The limits are bounds for what hangs, several times
// what a suite takes on two cores.
const suites = [
  { name: "check", runSuite: runCheckSuite, limitMinutes: 5 },
  { name: "unit", vitest: [], limitMinutes: 12 },
  { name: "simulation", runSuite: runSimulationSuite, limitMinutes: 12 },
  { name: "integration", vitest: [...built, "integration"], isBuilt: true, injectsFaults: true, limitMinutes: 18 },
  { name: "security", vitest: [...built, "security"], isBuilt: true, limitMinutes: 10 },
  { name: "browser", vitest: [...built, "browser"], isBuilt: true, isInBrowser: true, limitMinutes: 22 },
];

/**
 * Real processes on a machine of CI that others share: so many files of a suite may fail and be run once more, whole, because their
 * tests build on each other. What holds then is named, and is no red run.
 */
const againMax = process.env["CI"] === "true" ? 3 : 0;

const msPerMinute = 60_000;

const { values: flags, positionals: files } = parseArgs({
  options: { suite: { type: "string" } },
  allowPositionals: true,
});
const wanted = wantedSuites();
try {
  await prepare();
  const results = [];
  for (const suite of wanted) results.push(await runSuite(suite));
  printResults(results);
} catch (error) {
  process.exitCode = showProblem(error);
  process.stdout.write("\n0 passed, 1 failed\n");
}

async function prepare() {
  await installPackages();
  // Unit tests run from source.
  if (wanted.some((suite) => suite.name !== "unit")) {
    await runOrFail("npm", ["run", "--silent", "build"], "The build failed, so no suite was run.");
  }
}

function wantedSuites() {
  if (flags.suite === undefined) return suites;
  const named = suites.filter((suite) => suite.name === flags.suite);
  if (named.length === 0) {
    process.stderr.write(
      `There is no suite "${flags.suite}". Suites are ${suites.map(({ name }) => name).join(", ")}.\n`,
    );
    process.exit(2);
  }
  return named;
}

async function runSuite(suite) {
  process.stdout.write(`\n=== ${suite.name}\n`);
  try {
    const startedMs = performance.now();
    const bounded = { ...suite, untilMs: startedMs + suite.limitMinutes * msPerMinute };
    const result = suite.runSuite ? await suite.runSuite(bounded) : await runVitest(bounded);
    return { ...result, seconds: (performance.now() - startedMs) / 1000 };
  } catch (error) {
    showProblem(error);
    return { name: suite.name, passed: 0, failed: 1, skipped: 0, seconds: 0 };
  }
}

/** A step of the check counts as one test. */
async function runCheckSuite({ untilMs }) {
  const { runCheck } = await import("./check.mjs");
  const { passed, failed } = await runCheck({ skipped: ["build", "unit"], untilMs });
  return { name: "check", passed: passed.length, failed: failed.length, skipped: 0 };
}

/**
 * The simulator's own tests, the bugs that it has found, the bugs that are planted, and the first seeds, some dozens of each topic.
 * Each part ends with its own counts; all seeds together count as one test.
 */
async function runSimulationSuite({ untilMs }) {
  const parts = [await runVitest({ name: "simulation", vitest: ["--config", "vitest.simulation.config.ts"], untilMs })];
  parts.push(await runCounted(["tests/simulation/main.ts", "--named"], untilMs));
  parts.push(await runCounted(["tests/simulation/saboteurs/main.ts", "--recorded"], untilMs));
  const seeds = ["tests/simulation/main.ts", "--seeds", "600"];
  const { code } = await run("tsx", seeds, { limitMs: leftMs(untilMs) });
  parts.push({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });
  const sum = (count) => parts.reduce((total, part) => total + count(part), 0);
  return {
    name: "simulation",
    passed: sum((part) => part.passed),
    failed: sum((part) => part.failed),
    skipped: sum((part) => part.skipped),
  };
}

/** Runs something that ends with a line `N passed, N failed`. */
async function runCounted(command, untilMs) {
  const { code, output } = await run("tsx", command, { capture: true, limitMs: leftMs(untilMs) });
  process.stdout.write(output);
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? [];
  if (passed === undefined) return { passed: 0, failed: 1, skipped: 0 };
  return { passed: Number(passed), failed: code === 0 || failed !== "0" ? Number(failed) : 1, skipped: 0 };
}

async function runVitest(suite) {
  const env = {};
  if (suite.isInBrowser) {
    const { provideChromium } = await import("./chromium.mjs");
    env["BOTHY_CHROMIUM"] = await provideChromium();
    const { provideCertutil } = await import("./test-tools.mjs");
    await provideCertutil();
  }
  if (suite.injectsFaults) {
    const { provideStrace } = await import("./test-tools.mjs");
    await provideStrace();
  }
  if (process.stdout.isTTY && !process.env["NO_COLOR"]) env["FORCE_COLOR"] = "1";
  const first = await runFiles(suite, { env, files });
  const again = failedFiles(first.report);
  const { name, isBuilt = false } = suite;
  if (!isBuilt || again.length === 0 || again.length > againMax) {
    return { name, ...countTests(first.report, first.code) };
  }
  const named = again.map((file) => relative(root, file)).join(", ");
  process.stdout.write(`\nrun once more: ${named}\n`);
  const later = await runFiles(suite, { env, files: again });
  if (later.code === 0) process.stdout.write(`held only when run again: ${named}\n`);
  return { name, ...countTests(later.report && withLater(first.report, later.report), later.code) };
}

async function runFiles({ name, vitest, untilMs }, { env, files: named }) {
  const outputFile = join(root, "test-results", `${name}.json`);
  mkdirSync(join(root, "test-results"), { recursive: true });
  // What an earlier run left must not be counted when this one dies before it writes.
  rmSync(outputFile, { force: true });
  const progress = `--reporter=${join(root, "scripts", "progress-reporter.mjs")}`;
  const reporters = ["--reporter=minimal", progress, "--reporter=json", `--outputFile.json=${outputFile}`];
  const { code } = await run("vitest", ["run", ...vitest, ...reporters, ...named], { env, limitMs: leftMs(untilMs) });
  return { code, report: existsSync(outputFile) ? JSON.parse(readFileSync(outputFile, "utf8")) : undefined };
}

function leftMs(untilMs) {
  return Math.max(0, untilMs - performance.now());
}

function printResults(rows) {
  const sum = (count) => rows.reduce((total, row) => total + count(row), 0);
  process.stdout.write("\n");
  for (const row of rows) {
    const skipped = row.skipped > 0 ? `, ${row.skipped} skipped` : "";
    const took = `${String(Math.round(row.seconds)).padStart(5)} s`;
    process.stdout.write(`${row.name.padEnd(12)} ${took}  ${row.passed} passed, ${row.failed} failed${skipped}\n`);
  }
  const failed = sum((row) => row.failed);
  process.exitCode = failed === 0 ? 0 : 1;
  process.stdout.write(`\n${sum((row) => row.passed)} passed, ${failed} failed\n`);
}
