import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort, makeFolder } from "../deployment.ts";
import { endAll, errorIn, makeProject, runBothy, startBothy, urlIn } from "./cli-process.ts";
import type { Project, RunningBothy } from "./cli-process.ts";

let project: Project;
const mounted: string[] = [];

beforeEach(() => {
  project = makeProject();
});
afterEach(async () => {
  await endAll();
  for (const path of mounted.splice(0)) execFileSync("umount", ["--lazy", path], { stdio: "ignore" });
  project.remove();
});

/** Starts a server on a free port, with JSON output. */
async function start(...more: readonly string[]): Promise<RunningBothy> {
  const running = startBothy(["start", "--json", "--project-dir", project.folder, "--port", "0", ...more]);
  await running.waitFor('"url"');
  return running;
}

function failToStart(...more: readonly string[]): ReturnType<typeof runBothy> {
  return runBothy(["start", "--json", "--project-dir", project.folder, "--port", "0", ...more]);
}

async function stop(running: RunningBothy): Promise<void> {
  running.signal("SIGINT");
  expect(await running.ended).toBe(0);
}

function run(name: string, args: object): ReturnType<typeof runBothy> {
  return runBothy(["run", name, JSON.stringify(args), "--json", "--project-dir", project.folder]);
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

function commandLinesOfChildren(pid: number): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .filter((name) => parentOf(name) === pid)
    .map((name) => readFileSync(`/proc/${name}/cmdline`, "utf8"));
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    // It ended between the listing and the look.
    return undefined;
  }
}

function logFile(): string {
  const folder = join(project.dataFolder, "log");
  return join(folder, readdirSync(folder).toSorted().at(-1) ?? "");
}

test("the first start makes a private data folder with an admin key, says where everything is, and answers", async () => {
  const running = await start();
  const announced: unknown = JSON.parse(running.stdout());
  const url = urlIn(running.stdout());
  expect(announced).toEqual({ url, api: `${url}/api`, folder: project.dataFolder });
  expect(modeOf(project.dataFolder)).toBe(0o700);
  expect(modeOf(join(project.dataFolder, "admin-key"))).toBe(0o600);
  expect(modeOf(join(project.dataFolder, "server.json"))).toBe(0o600);
  expect(readFileSync(join(project.dataFolder, "admin-key"), "utf8")).toMatch(/^bothy_[0-9a-f]{64}\n$/u);
  expect(await (await fetch(`${url}/api/health`)).json()).toMatchObject({ status: "ok" });
  expect((await fetch(`${url}/`)).status).toBe(404);
  await stop(running);
  expect(existsSync(join(project.dataFolder, "lock"))).toBe(false);
  expect(existsSync(join(project.dataFolder, "server.json"))).toBe(false);
  expect(existsSync(join(project.dataFolder, "admin-key"))).toBe(true);
});

test("a running server has no other processes than those of functions", async () => {
  const running = await start();
  const isForeign = (line: string): boolean => !line.includes("runtime/child");
  // One that just begins has its parent's command line, and one that has just ended has none: both are so for a moment.
  await expect
    .poll(() => commandLinesOfChildren(running.pid), { timeout: 20_000 })
    .toSatisfy((lines: readonly string[]) => lines.length > 0 && !lines.some(isForeign));
});

test("what a person reads goes to stderr, in color only where it is wanted", async () => {
  const args = ["start", "--project-dir", project.folder, "--port", "0"];
  const escape = "\u001b[";
  for (const { env, more, isColored } of [
    { env: {}, more: [], isColored: false },
    { env: { FORCE_COLOR: "1" }, more: [], isColored: true },
    { env: { FORCE_COLOR: "1", NO_COLOR: "1" }, more: [], isColored: false },
    { env: { FORCE_COLOR: "1" }, more: ["--no-color"], isColored: false },
    { env: { CI: "true" }, more: [], isColored: false },
  ]) {
    const running = startBothy([...args, ...more], { env });
    await running.waitFor("Ctrl-C stops it.");
    running.signal("SIGTERM");
    expect(await running.ended).toBe(0);
    expect(running.stdout()).toBe("");
    expect(running.stderr()).toContain(project.dataFolder);
    expect(running.stderr().includes(escape)).toBe(isColored);
  }
});

test("the built front end of the app is served at /, its screens too", async () => {
  project.write("dist/index.html", "<!doctype html><title>app</title>");
  project.write("dist/assets/app-1234.js", "export {};");
  const running = await start();
  const url = urlIn(running.stdout());
  for (const path of ["/", "/reports/17"]) {
    const page = await fetch(`${url}${path}`);
    expect([page.status, page.headers.get("cache-control")]).toEqual([200, "no-cache"]);
    expect(await page.text()).toContain("<title>app</title>");
  }
  const script = await fetch(`${url}/assets/app-1234.js`);
  expect(script.headers.get("cache-control")).toContain("immutable");
  expect(script.headers.get("content-type")).toContain("javascript");
  expect((await fetch(`${url}/assets/missing.js`)).status).toBe(404);
  expect(await (await fetch(`${url}/..%2f.bothy%2fadmin-key`)).text()).not.toContain("bothy_");
  expect((await fetch(`${url}/..%2f.bothy%2fserver.json`)).status).toBe(404);
});

test("a busy port is port_busy, and the folder is free again afterwards", async () => {
  const other = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  const failed = await runBothy(["start", "--json", "--project-dir", project.folder, "--port", String(port)]);
  other.close();
  expect(failed.code).toBe(1);
  expect(failed.stdout).toBe("");
  const error = errorIn(failed.stderr);
  expect(error.code).toBe("port_busy");
  expect(error.message).toContain(String(port));
  expect(error.fix).toContain("--port");
  await stop(await start());
});

test("a file in the place of the data folder is folder_unwritable", async () => {
  writeFileSync(project.dataFolder, "not a folder");
  const failed = await failToStart();
  expect([failed.code, errorIn(failed.stderr).code]).toEqual([1, "folder_unwritable"]);
  expect(errorIn(failed.stderr).message).toContain(project.dataFolder);
  expect(readFileSync(project.dataFolder, "utf8")).toBe("not a folder");
});

const readOnlyDisk = await mountReadOnly();

/** A disk that even root can't write, or why there is none. */
async function mountReadOnly(): Promise<{ readonly path?: string; readonly refusal?: string }> {
  const path = await makeFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", path], { stdio: "pipe" });
    execFileSync("umount", ["--lazy", path]);
    return { path };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message.trim() : String(error) };
  }
}

test.skipIf(readOnlyDisk.path === undefined)(
  `a data folder on a disk that can't be written is folder_unwritable${readOnlyDisk.refusal === undefined ? "" : ` (skipped: ${readOnlyDisk.refusal})`}`,
  async () => {
    const path = readOnlyDisk.path ?? "";
    execFileSync("mount", ["-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", path]);
    mounted.push(path);
    const failed = await failToStart("--folder", join(path, "bothy"));
    expect([failed.code, errorIn(failed.stderr).code]).toEqual([1, "folder_unwritable"]);
    expect(errorIn(failed.stderr).message).toContain(path);
  },
);

test("a second server on the same folder is folder_locked and names the process that holds it", async () => {
  const running = await start();
  const failed = await failToStart();
  expect([failed.code, errorIn(failed.stderr).code]).toEqual([5, "folder_locked"]);
  expect(errorIn(failed.stderr).message).toContain(String(running.pid));
  expect((await fetch(`${urlIn(running.stdout())}/api/health`)).status).toBe(200);
  expect(await run("server:count", { name: "a" })).toMatchObject({ code: 0, stdout: "1\n" });
});

test("the lock of a server that was killed stops nobody", async () => {
  const running = await start();
  running.signal("SIGKILL");
  await running.ended;
  expect(existsSync(join(project.dataFolder, "lock"))).toBe(true);
  await stop(await start());
});

test("a flipped byte in the middle of the log is folder_damaged, and the log is left as it is", async () => {
  const running = await start();
  for (let at = 1; at <= 5; at++) await run("counters:addOne", { names: [`counter ${at}`, `other ${at}`] });
  await stop(running);
  const bytes = readFileSync(logFile());
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
  writeFileSync(logFile(), bytes);
  // What the store has applied is not read from the log again; without it, everything is.
  execFileSync("rm", ["-r", join(project.dataFolder, "store")]);
  const failed = await failToStart();
  expect([failed.code, errorIn(failed.stderr).code]).toEqual([1, "folder_damaged"]);
  expect(errorIn(failed.stderr).message).toContain(logFile());
  expect(errorIn(failed.stderr).fix).toContain("backup");
  expect(readFileSync(logFile()).equals(bytes)).toBe(true);
});

test("an older Node is told so before anything else, as a sentence or as JSON", async () => {
  project.write(
    "older.cjs",
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } });',
  );
  const nodeOptions = ["--require", join(project.folder, "older.cjs")];
  const told = await runBothy(["start", "--project-dir", project.folder], { nodeOptions });
  expect(told.code).toBe(2);
  expect(told.stderr).toMatch(/^Bothy needs Node 20\.19 or newer; this is Node 18\.20\.4\.\n/u);
  const json = await runBothy(["start", "--json", "--project-dir", project.folder], { nodeOptions });
  expect([json.code, errorIn(json.stderr).code]).toEqual([2, "node_too_old"]);
});

test("an app that does not build is build_failed with file, line and the line itself", async () => {
  project.write(
    "bothy/broken.ts",
    'import { query } from "./_generated/server.js";\nexport const a = query({ handler: ( => 1 });\n',
  );
  const failed = await failToStart();
  expect([failed.code, errorIn(failed.stderr).code]).toEqual([1, "build_failed"]);
  expect(errorIn(failed.stderr).message).toContain("bothy/broken.ts:2:");
  expect(errorIn(failed.stderr).message).toContain("handler: ( => 1");
});

test("a folder without an app is config_invalid", async () => {
  const failed = await runBothy(["start", "--json", "--project-dir", await makeFolder()]);
  expect([failed.code, errorIn(failed.stderr).code]).toEqual([2, "config_invalid"]);
});

const schemaText = (counterFields: string, index: string): string => `
import { defineSchema, defineTable, v } from "bothy";
export default defineSchema({
  members: defineTable({ room: v.string(), user: v.string() }).index("by_user", ["user", "room"]).index("by_room", ["room", "user"]),
  messages: defineTable({ room: v.string(), author: v.string(), body: v.string(), isClosed: v.boolean() }).index("by_room", ["room"]),
  notes: defineTable({ user: v.string(), text: v.string() }).index("by_user", ["user"]),
  counters: defineTable({ name: v.string(), ${counterFields} }).index("by_name", ["name"])${index},
});
`;

test("a schema that stored documents break is refused with the documents named, and the data stays as it was", async () => {
  await run("server:count", { name: "a" });
  const original = readFileSync(join(project.folder, "bothy/schema.ts"), "utf8");
  const before = readFileSync(logFile());
  project.write("bothy/schema.ts", schemaText("value: v.string()", ""));
  const failed = await failToStart();
  const error = errorIn(failed.stderr);
  expect([failed.code, error.code]).toEqual([5, "schema_invalid"]);
  expect(error.message).toMatch(/counters [0-9a-z]{32} at .*value/u);
  expect(readFileSync(logFile()).equals(before)).toBe(true);
  project.write("bothy/schema.ts", original);
  expect(await run("server:count", { name: "a" })).toMatchObject({ code: 0, stdout: "2\n" });
});

test("a new index is built over the data that is there", async () => {
  for (let at = 1; at <= 3; at++) await run("counters:addOne", { names: ["a", "b", "c"].slice(0, at) });
  project.write("bothy/schema.ts", schemaText("value: v.number()", '.index("by_value", ["value"])'));
  project.write(
    "bothy/ranking.ts",
    `import { internalQuery } from "./_generated/server.js";
     export const top = internalQuery({ args: {}, handler: async ({ db }) =>
       (await db.query("counters").withIndex("by_value").order("desc").collect()).map(({ name, value }) => [name, value]) });`,
  );
  expect(JSON.parse((await run("ranking:top", {})).stdout)).toEqual([
    ["a", 3],
    ["b", 2],
    ["c", 1],
  ]);
  await run("counters:addOne", { names: ["c"] });
  await run("counters:addOne", { names: ["c"] });
  await run("counters:addOne", { names: ["c"] });
  expect(JSON.parse((await run("ranking:top", {})).stdout)).toEqual([
    ["c", 4],
    ["a", 3],
    ["b", 2],
  ]);
});

const loopText = `import { internalQuery } from "./_generated/server.js";
export const forever = internalQuery({ args: {}, handler: async () => { for (;;); } });`;

/** Calls a function that does not end; resolves when the server has taken the call. */
async function callEndless(): Promise<void> {
  const key = readFileSync(join(project.dataFolder, "admin-key"), "utf8").trim();
  const { url } = JSON.parse(readFileSync(join(project.dataFolder, "server.json"), "utf8")) as { url: string };
  const request = fetch(`${url}/api/admin/run`, {
    method: "POST",
    headers: { authorization: `Bothy ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "loop:forever", args: {} }),
  });
  // It ends with the server.
  request.catch(() => undefined);
  // A later call on another connection is answered after the server has read the first one.
  await (await fetch(`${url}/api/health`)).text();
}

test("Ctrl-C stops a server cleanly although a function does not end", async () => {
  project.write("bothy/loop.ts", loopText);
  const running = await start();
  await callEndless();
  await stop(running);
  expect(existsSync(join(project.dataFolder, "lock"))).toBe(false);
});

test("a second Ctrl-C ends the server at once", async () => {
  project.write("bothy/loop.ts", loopText);
  const running = startBothy(["start", "--project-dir", project.folder, "--port", String(await freePort())]);
  await running.waitFor("Ctrl-C stops it.");
  await callEndless();
  running.signal("SIGINT");
  await running.waitFor("Stopping.");
  running.signal("SIGINT");
  expect(await running.ended).toBe(130);
  await stop(await start());
});

test("a seed script fills an empty database once, with progress that says rows per second", async () => {
  mkdirSync(join(project.folder, "seed"));
  project.write(
    "seed/seed.mjs",
    `export default {
      isNeeded: (server) => server.isEmpty("counters"),
      run: async (server) => {
        const ids = await server.insert("counters", Array.from({ length: 1200 }, (_, at) => ({ name: "c" + at, value: at })), "counters");
        return "seeded " + new Set(ids).size;
      },
    };`,
  );
  const args = [
    "start",
    "--project-dir",
    project.folder,
    "--port",
    "0",
    "--seed",
    join(project.folder, "seed/seed.mjs"),
  ];
  const first = startBothy(args);
  await first.waitFor("Ctrl-C stops it.");
  await stop(first);
  expect(first.stderr()).toContain("seeded 1200");
  expect(first.stderr()).toMatch(/counters .*1,200\/1,200 rows, [\d,]+ rows\/s/u);
  const second = startBothy(args);
  await second.waitFor("Ctrl-C stops it.");
  await stop(second);
  expect(second.stderr()).not.toContain("seeded");
});

test("a seed script that fails is told in its own words, and nothing is left running", async () => {
  project.write(
    "seed.mjs",
    'export default { isNeeded: async () => true, run: async () => { throw new Error("no such file: x.csv"); } };',
  );
  const failed = await failToStart("--seed", join(project.folder, "seed.mjs"));
  expect([failed.code, errorIn(failed.stderr).code]).toEqual([5, "import_invalid"]);
  expect(errorIn(failed.stderr).message).toContain("no such file: x.csv");
  const missing = await failToStart("--seed", join(project.folder, "absent.mjs"));
  expect([missing.code, errorIn(missing.stderr).code]).toEqual([2, "config_invalid"]);
});

test("[FN16] Ctrl-C, which reaches the function processes too, ends none of them before their server", async () => {
  const running = startBothy(["start", "--project-dir", project.folder, "--port", "0"], { isOwnGroup: true });
  await running.waitFor("Ctrl-C stops it.");
  process.kill(-running.pid, "SIGINT");
  expect(await running.ended).toBe(0);
  expect(running.stderr()).toContain("Bothy has stopped.");
  expect(running.stderr()).not.toContain("A function process ended.");
});
