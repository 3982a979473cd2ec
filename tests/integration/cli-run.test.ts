import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../deployment.ts";
import { endAll, errorIn, makeProject, runBothy, startBothy, urlIn } from "./cli-process.ts";
import type { Project, RunningBothy } from "./cli-process.ts";

let project: Project;

beforeEach(() => {
  project = makeProject();
});
afterEach(async () => {
  await endAll();
  project.remove();
});

async function start(): Promise<RunningBothy> {
  const running = startBothy(["start", "--json", "--project-dir", project.folder, "--port", "0"]);
  await running.waitFor('"url"');
  return running;
}

function run(name: string, args: string, ...more: readonly string[]): ReturnType<typeof runBothy> {
  return runBothy(["run", name, args, "--project-dir", project.folder, ...more]);
}

test("run opens the folder itself when no server runs, and calls the server when one does", async () => {
  expect(await run("server:count", '{"name":"a"}')).toMatchObject({ code: 0, stdout: "1\n" });
  const running = await start();
  // The folder is locked now, so the answer can only be the server's.
  expect(await run("server:count", '{"name":"a"}')).toMatchObject({ code: 0, stdout: "2\n" });
  running.signal("SIGTERM");
  expect(await running.ended).toBe(0);
  expect(await run("server:count", '{"name":"a"}', "--json")).toMatchObject({ code: 0, stdout: "3\n" });
});

test("run prints the result alone on stdout, for people with line breaks, with --json in one line", async () => {
  const args = '{"names":["a","b"]}';
  expect((await run("counters:addOne", args)).stdout).toBe("[\n  1,\n  1\n]\n");
  expect((await run("counters:addOne", args, "--json")).stdout).toBe("[2,2]\n");
  expect((await run("counters:read", args, "--json")).stdout).toBe("[2,2]\n");
});

test("what run is refused with is named by code and exit code, with a server and without", async () => {
  const cases = [
    ["server:missing", "{}", 4, "function_missing"],
    ["server:count", '{"name":5}', 5, "arguments_invalid"],
    ["shared/rooms:refuse", '{"why":"because"}', 5, "app_error"],
    ["scopes:mine", "{}", 5, "function_wrong_kind"],
    ["server:count", "{name:1}", 2, "usage_invalid"],
    ["_system/tables:nothing", "{}", 4, "function_missing"],
  ] as const;
  const check = async (): Promise<void> => {
    for (const [name, args, exitCode, code] of cases) {
      const { code: ended, stderr, stdout } = await run(name, args, "--json");
      expect([name, ended, errorIn(stderr).code, stdout]).toEqual([name, exitCode, code, ""]);
    }
  };
  await check();
  await start();
  await check();
});

test("an error of the app is shown with its data", async () => {
  const refused = await run("shared/rooms:refuse", '{"why":"because"}');
  expect(refused.stderr).toContain("app_error");
  expect(refused.stderr).toContain('"why":"because"');
  const json = await run("shared/rooms:refuse", '{"why":"because"}', "--json");
  expect(errorIn(json.stderr)).toMatchObject({ code: "app_error", details: { kind: "refused", why: "because" } });
});

test("words that are no command of ours are usage errors with a suggestion, exit code 2", async () => {
  const cases = [
    [["run", "server:count", "--project-dri", "."], "--project-dir"],
    [["strat"], "start"],
    [["import"], "--help"],
    [["import", "x.csv", "--table", "counters", "--format", "xml"], "--help"],
    [["start", "--port", "70000"], "number"],
    [["start", "--processes", "0"], "number"],
    [["start", "--hot-memory", "much"], "number"],
    [[], "--help"],
  ] as const;
  for (const [words, fix] of cases) {
    const told = await runBothy([...words]);
    expect([words, told.code, told.stdout]).toEqual([words, 2, ""]);
    expect(told.stderr).toContain("usage_invalid");
    const json = await runBothy([...words, "--json"]);
    expect([words, json.code]).toEqual([words, 2]);
    expect(errorIn(json.stderr)).toMatchObject({ code: "usage_invalid", fix: expect.stringContaining(fix) });
    expect(json.stderr.trim().split("\n")).toHaveLength(1);
  }
});

test("help and version are answered on stdout with exit code 0", async () => {
  const help = await runBothy(["--help"]);
  expect([help.code, help.stderr]).toEqual([0, ""]);
  for (const command of ["start", "dev", "run", "import", "codegen"]) expect(help.stdout).toContain(`\n  ${command} `);
  const version = await runBothy(["--version"]);
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u) });
});

test("an address left behind by a server that was killed misleads nobody, whoever listens there now", async () => {
  const running = await start();
  const port = Number(new URL(urlIn(running.stdout())).port);
  running.signal("SIGKILL");
  await running.ended;
  expect(await run("server:count", '{"name":"a"}')).toMatchObject({ code: 0, stdout: "1\n" });
  const other = createServer((_, response) => response.end("something else"));
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  expect(await run("server:count", '{"name":"a"}')).toMatchObject({ code: 0, stdout: "2\n" });
  other.close();
});

test("another Bothy at a stale address is not taken for the folder's own", async () => {
  const running = await start();
  const otherProject = makeProject();
  try {
    const other = startBothy([
      "start",
      "--json",
      "--project-dir",
      otherProject.folder,
      "--port",
      String(await freePort()),
    ]);
    await other.waitFor('"url"');
    running.signal("SIGKILL");
    await running.ended;
    const address = join(project.dataFolder, "server.json");
    writeFileSync(address, JSON.stringify({ url: urlIn(other.stdout()) }));
    expect(await run("server:count", '{"name":"a"}')).toMatchObject({ code: 0, stdout: "1\n" });
    const there = await runBothy([
      "run",
      "counters:read",
      '{"names":["a"]}',
      "--json",
      "--project-dir",
      otherProject.folder,
    ]);
    expect(there.stdout).toBe("[0]\n");
  } finally {
    await endAll();
    otherProject.remove();
  }
});

test("a key that the running server does not know is unauthorized, exit code 3", async () => {
  await start();
  writeFileSync(join(project.dataFolder, "admin-key"), `bothy_${"0".repeat(64)}\n`);
  const refused = await run("server:count", '{"name":"a"}', "--json");
  expect([refused.code, errorIn(refused.stderr).code]).toEqual([3, "unauthorized"]);
});

test("commands ask nothing: with no terminal and no input they end by themselves", async () => {
  const ended = await runBothy(["run", "server:count", '{"name":"a"}', "--project-dir", project.folder], { input: "" });
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
});

test("codegen writes what is missing, tells which files, and is quiet when all is up to date", async () => {
  project.write(
    "bothy/extra.ts",
    'import { query } from "./_generated/server.js";\nexport const one = query(() => 1);\n',
  );
  const first = await runBothy(["codegen", "--json", "--project-dir", project.folder]);
  expect([first.code, JSON.parse(first.stdout)]).toEqual([0, { written: ["bothy/_generated/api.d.ts"] }]);
  expect(readFileSync(join(project.folder, "bothy/_generated/api.d.ts"), "utf8")).toContain('"extra"');
  const second = await runBothy(["codegen", "--json", "--project-dir", project.folder]);
  expect([second.code, JSON.parse(second.stdout)]).toEqual([0, { written: [] }]);
});
