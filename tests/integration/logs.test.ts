import { spawn } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endAll, makeProject, startBothy, urlIn } from "./cli-process.ts";
import type { Project, RunningBothy } from "./cli-process.ts";

let project: Project;
beforeEach(() => {
  project = makeProject();
});
afterEach(async () => {
  await endAll();
  project.remove();
});

async function start(...more: readonly string[]): Promise<RunningBothy> {
  const running = startBothy(["start", "--json", "--project-dir", project.folder, "--port", "0", ...more]);
  await running.waitFor('"url"');
  return running;
}

async function stop(running: RunningBothy): Promise<readonly Record<string, unknown>[]> {
  running.signal("SIGTERM");
  expect(await running.ended).toBe(0);
  return running
    .stderr()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const base = new URL("../../packages/bothy-server/dist/base/index.js", import.meta.url).href;
const lineCount = 5_000;

test.each(["json", "text"])(
  "[ME6] all lines are out when a process ends at once, also on a reader that is slow: %s",
  async (format) => {
    const script = `
    const { createWorld } = await import(${JSON.stringify(base)});
    const world = createWorld({ logFormat: ${JSON.stringify(format)} });
    for (let i = 1; i <= ${lineCount}; i++) world.log.info("line", { i, text: "x".repeat(200) });
    world.die("its memory is ahead of its disk");
  `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.on("data", (piece: Buffer) => {
      text += piece.toString();
      // The pipe is full by the time that it is read again.
      child.stderr.pause();
      setImmediate(() => child.stderr.resume());
    });
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(1);
    const lines = text.trim().split("\n");
    expect(lines).toHaveLength(lineCount + 1);
    expect(lines.at(-2)).toContain(String(lineCount));
    expect(lines.at(-1)).toContain("its memory is ahead of its disk");
  },
);

test("[ME8] a server tells its start with versions and how long it took, its end, and no more", async () => {
  const lines = await stop(await start());
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ["info", "Bothy serves."],
    ["info", "Bothy stops."],
    ["info", "Bothy has stopped."],
  ]);
  expect(lines[0]).toMatchObject({ bothy: expect.any(String), node: process.version, ms: expect.any(Number) });
  expect(lines[2]).toMatchObject({ ms: expect.any(Number) });
});

test("[ME8] at debug it tells requests by route", async () => {
  const running = await start("--log-level", "debug");
  await fetch(`${urlIn(running.stdout())}/api/health?secret=1`);
  const lines = await stop(running);
  expect(lines).toContainEqual(
    expect.objectContaining({ level: "debug", message: "A request was answered.", route: "/api/health", status: 200 }),
  );
  expect(JSON.stringify(lines)).not.toContain("secret");
});

test("[ME5] the form of the log is asked for by option or environment", async () => {
  const running = await start("--log-format", "text");
  running.signal("SIGTERM");
  expect(await running.ended).toBe(0);
  expect(running.stderr()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}Bothy serves\. bothy=/u);
  const silent = await start("--log-level", "error");
  silent.signal("SIGTERM");
  expect(await silent.ended).toBe(0);
  expect(silent.stderr()).toBe("");
});
