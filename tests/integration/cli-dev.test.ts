import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes } from "bothy/internal";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../deployment.ts";
import { endAll, errorIn, makeProject, runBothy, startBothy, urlIn } from "./cli-process.ts";
import type { Project, RunningBothy } from "./cli-process.ts";
import { LastingDevice } from "./lasting-device.ts";

let project: Project;

beforeEach(() => {
  project = makeProject();
});
afterEach(async () => {
  await endAll();
  project.remove();
});

/** Starts `bothy dev` as a person sees it. */
async function dev(...more: readonly string[]): Promise<RunningBothy & { readonly url: string }> {
  const port = await freePort();
  const running = startBothy(["dev", "--project-dir", project.folder, "--port", String(port), ...more]);
  return { ...running, url: `http://127.0.0.1:${port}` };
}

async function stop(running: RunningBothy): Promise<void> {
  running.signal("SIGINT");
  expect(await running.ended).toBe(0);
}

function writeAnswer(answer: string): void {
  project.write(
    "bothy/live.ts",
    `import { query } from "./_generated/server.js";\nexport const answer = query({ args: {}, handler: async () => ${answer} });\n`,
  );
}

function lastResult(device: LastingDevice): unknown {
  const result = device.frames.findLast((frame) => frame.type === "result");
  return result?.type === "result" ? result.value : undefined;
}

/** A device that watches `live:answer` until it is the first answer. */
async function watchAnswer(url: string): Promise<LastingDevice> {
  const device = new LastingDevice();
  await device.connect(url);
  device.sendText(JSON.stringify({ type: "subscribe", query: 1, name: "live:answer", args: {} }));
  await device.until(() => lastResult(device) === "first");
  return device;
}

function run(name: string, args: object): ReturnType<typeof runBothy> {
  return runBothy(["run", name, JSON.stringify(args), "--json", "--project-dir", project.folder]);
}

const originalSchema = (): string => readFileSync(join(project.folder, "bothy/schema.ts"), "utf8");

test("a saved function is live on an open socket without a reconnection", async () => {
  writeAnswer('"first"');
  const running = await dev();
  await running.waitFor("Ctrl-C stops it.");
  const device = await watchAnswer(running.url);
  writeAnswer('"second"');
  await device.until(() => lastResult(device) === "second" || device.closed !== undefined);
  expect([lastResult(device), device.closed]).toEqual(["second", undefined]);
  expect(await device.mutate("server:count", { name: "a" })).toEqual([1, "applied", 1]);
  await stop(running);
});

test("a broken save is told with file and line, and the functions before it go on serving until it is repaired", async () => {
  writeAnswer('"first"');
  const running = await dev();
  await running.waitFor("Ctrl-C stops it.");
  const device = await watchAnswer(running.url);
  writeAnswer('"second');
  await running.waitFor("bothy/live.ts:2:");
  await running.waitFor("go on serving");
  expect(await device.mutate("server:count", { name: "a" })).toEqual([1, "applied", 1]);
  expect(await run("live:answer", {})).toMatchObject({ code: 0, stdout: '"first"\n' });
  writeAnswer('"third"');
  await device.until(() => lastResult(device) === "third" || device.closed !== undefined);
  expect([lastResult(device), device.closed]).toEqual(["third", undefined]);
  await stop(running);
});

test("generated code follows every save", async () => {
  const running = await dev();
  await running.waitFor("Ctrl-C stops it.");
  const api = join(project.folder, "bothy/_generated/api.d.ts");
  expect(readFileSync(api, "utf8")).not.toContain('"live"');
  writeAnswer('"first"');
  await running.waitFor("Functions reloaded.");
  expect(readFileSync(api, "utf8")).toContain('"live"');
  expect(await run("live:answer", {})).toMatchObject({ code: 0, stdout: '"first"\n' });
  await stop(running);
});

test("[SY29] a new schema comes into force without a stop: calls go on, devices connect again, the new index is there", async () => {
  const running = await dev();
  await running.waitFor("Ctrl-C stops it.");
  const device = new LastingDevice();
  await device.connect(running.url);
  expect(await device.mutate("server:count", { name: "a" })).toEqual([1, "applied", 1]);
  const pings: number[] = [];
  let isWatching = true;
  const watching = (async () => {
    while (isWatching) pings.push((await fetch(`${running.url}/api/health`)).status);
  })();
  project.write(
    "bothy/schema.ts",
    originalSchema().replace('.index("by_name", ["name"])', '.index("by_name", ["name"]).index("by_value", ["value"])'),
  );
  await running.waitFor("Schema and functions reloaded.");
  isWatching = false;
  await watching;
  expect([pings.length > 0, new Set(pings)]).toEqual([true, new Set([200])]);
  // The device's own app is of the schema before: it is told when it comes back.
  await device.until(() => device.closed !== undefined);
  expect(device.closed?.code).toBe(errorCodes.shutting_down.socketCloseCode);
  expect(await run("server:count", { name: "a" })).toMatchObject({ code: 0, stdout: "2\n" });
  project.write(
    "bothy/largest.ts",
    `import { query } from "./_generated/server.js";\nexport const largest = query({ args: {}, handler: async ({ db }) => (await db.query("counters").withIndex("by_value").order("desc").first())?.value });\n`,
  );
  await running.waitFor("Functions reloaded.");
  expect(await run("largest:largest", {})).toMatchObject({ code: 0, stdout: "2\n" });
  await stop(running);
});

test("a schema that the data breaks ends nothing: dev says which documents, and the functions before it go on serving", async () => {
  const running = await dev();
  await running.waitFor("Ctrl-C stops it.");
  await run("server:count", { name: "a" });
  const original = originalSchema();
  project.write("bothy/schema.ts", original.replace("value: v.number()", "value: v.string()"));
  await running.waitFor("go on serving");
  expect(running.stderr()).toContain("schema_invalid");
  expect(running.stderr()).toMatch(/counters [0-9a-z]{32}/u);
  expect(await run("server:count", { name: "a" })).toMatchObject({ code: 0, stdout: "2\n" });
  project.write("bothy/schema.ts", original);
  // And as before, from then on.
  writeAnswer('"first"');
  await running.waitFor("Functions reloaded.");
  expect(await run("live:answer", {})).toMatchObject({ code: 0, stdout: '"first"\n' });
  await stop(running);
});

test("an app that does not build yet is waited for, one that can't be opened is not", async () => {
  writeAnswer('"first');
  const running = await dev();
  await running.waitFor("Nothing is served until the next save.");
  expect(running.stderr()).toContain("bothy/live.ts:2:");
  writeAnswer('"first"');
  await running.waitFor("Ctrl-C stops it.");
  const second = await runBothy(["dev", "--json", "--project-dir", project.folder, "--port", "0"]);
  expect([second.code, errorIn(second.stderr).code]).toEqual([5, "folder_locked"]);
  await stop(running);
});

test("the address is announced as JSON for programs, and a reload says nothing more", async () => {
  const running = startBothy(["dev", "--json", "--project-dir", project.folder, "--port", "0"]);
  await running.waitFor('"url"');
  writeAnswer('"first"');
  const device = await watchAnswer(urlIn(running.stdout())).catch(() => undefined);
  device?.disconnect();
  await stop(running);
  expect(running.stdout().trim().split("\n")).toHaveLength(1);
  expect(JSON.parse(running.stdout())).toMatchObject({ folder: project.dataFolder });
});

/** A front end's command that says that it runs and with what, and leaves a mark when it is stopped. */
function writeFrontEnd(): void {
  project.write(
    "front-end.mjs",
    `import { writeFileSync } from "node:fs";
     process.on("SIGTERM", () => { writeFileSync("stopped", ""); process.exit(0); });
     // Only then: who reads it may stop us at once.
     console.log("front end", process.pid, process.argv.slice(2).join(" "));
     setInterval(() => undefined, 1000);`,
  );
}

test("--start runs a command beside the server with its output, and stops it with the server", async () => {
  writeFrontEnd();
  const running = await dev("--start", "node front-end.mjs --port 5173");
  await running.waitFor("front end");
  expect(running.stdout()).toContain("--port 5173");
  const pid = Number(/front end (\d+)/u.exec(running.stdout())?.[1]);
  await stop(running);
  expect(existsSync(join(project.folder, "stopped"))).toBe(true);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("a command that fails or can't be started ends dev with an error, and the server with it", async () => {
  project.write("fails.mjs", "process.exit(3);");
  for (const [command, what] of [
    ["node fails.mjs", "exit code 3"],
    ["no-such-program-anywhere", "could not be started"],
  ] as const) {
    const failed = await runBothy([
      "dev",
      "--json",
      "--project-dir",
      project.folder,
      "--port",
      "0",
      "--start",
      command,
    ]);
    expect([command, failed.code, errorIn(failed.stderr).code]).toEqual([command, 2, "config_invalid"]);
    expect(errorIn(failed.stderr).message).toContain(what);
    expect(existsSync(join(project.dataFolder, "lock"))).toBe(false);
  }
});
