import { build } from "esbuild";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNodeDisk, createSystemClock } from "../base/index.ts";
import { openTestEngine, rangeOf, testWorld } from "./test-engine.ts";

const root = mkdtempSync(join(tmpdir(), "bothy-kill-"));
// Beside the packages, so that the bundle finds the native ones.
const bundle = join(import.meta.dirname, "../../../../node_modules/.cache/bothy-kill-writer.mjs");
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs the writer until it has acknowledged so many commits in this life, kills it, and returns the last number told. */
async function runAndKill(folder: string, after: number): Promise<number> {
  const child = spawn(process.execPath, [bundle, folder], { stdio: ["ignore", "pipe", "pipe"] });
  let told = 0;
  let lines = 0;
  let errors = "";
  let rest = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) told = Math.max(told, Number(part));
    lines += parts.length;
    if (lines >= after) child.kill("SIGKILL");
  });
  const signal = await new Promise<string | null>((resolve) => child.once("close", (_, ended) => resolve(ended)));
  expect(signal, errors).toBe("SIGKILL");
  return told;
}

test("[EN6] a process that is killed while it writes loses no acknowledged commit, ten times over", async () => {
  await build({
    entryPoints: [join(import.meta.dirname, "test-kill-writer.ts")],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["bothy-source"],
    packages: "external",
    // The client's package is read as source here; everything else is what a machine would run.
    alias: { "bothy/internal": join(import.meta.dirname, "../../../bothy/src/internal.ts") },
    logLevel: "error",
  });
  const folder = join(root, "folder");
  for (let life = 0; life < 10; life++) {
    const told = await runAndKill(folder, 20 + life * 45);
    const { log, random, die } = testWorld();
    const engine = await openTestEngine(
      { clock: createSystemClock(), random, disk: createNodeDisk(), log, die },
      { folder, store: "lmdb" },
    );
    const count = Number(engine.readRecord(["count"]));
    expect(count).toBeGreaterThanOrEqual(told);
    for (const index of ["by_id", "by_room"]) {
      const { documents } = engine.read(rangeOf(engine, { table: "notes", index, prefix: [] }), "asc", 1_000_000);
      expect(documents.length).toBe(count);
    }
    await engine.close();
  }
}, 60_000);
