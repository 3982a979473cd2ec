import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeFolder, startDeployment, type Deployment } from "../deployment.ts";
import { endAll, runBothy } from "./cli-process.ts";
import { LastingDevice } from "./lasting-device.ts";
import { missingInCi } from "./missing-in-ci.ts";

/** What goes wrong at one system call on one file. */
interface Fault {
  readonly file: "log/0000000000000001.log" | "store/data.mdb";
  readonly call: "fdatasync" | "pwrite64";
  readonly what: "signal=SIGKILL" | "error=EIO" | "error=ENOSPC";
  /** Which of these calls it is. */
  readonly at: number;
}

const refusal = whyNoStrace();
const skipped = refusal === undefined ? "" : ` (skipped: ${refusal})`;
const running: Deployment[] = [];

afterEach(async () => {
  for (const deployment of running.splice(0)) await deployment.kill();
  await endAll();
});

/** Why system calls cannot be made to fail here; undefined when they can. */
function whyNoStrace(): string | undefined {
  const { status, stderr, error } = spawnSync("strace", ["-qq", "-o", "/dev/null", "true"], { encoding: "utf8" });
  if (error !== undefined) return `strace cannot be run: ${error.message}`;
  return status === 0 ? undefined : `strace may not trace here: ${stderr.trim()}`;
}

function strace(folder: string, { file, call, what, at }: Fault): readonly string[] {
  const inject = `inject=${call}:${what}:when=${at}`;
  // The tracer stands beside its parent, so that the process that was started is the server itself.
  return [
    "strace",
    "-D",
    "-f",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    `trace=${call}`,
    "-e",
    inject,
    "-P",
    join(folder, file),
  ];
}

interface Life {
  readonly device: LastingDevice;
  readonly numbers: readonly number[];
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs a server until the fault has ended it, with a device that sends what it can. */
async function liveThrough(folder: string, fault: Fault): Promise<Life> {
  const device = new LastingDevice();
  let deployment: Deployment;
  try {
    // Calls are counted a thread, so there is one for all files.
    const env = { UV_THREADPOOL_SIZE: "1" };
    deployment = await startDeployment({ folder, under: strace(folder, fault), env });
  } catch (error) {
    // The fault came before there was anything to answer.
    return { device, numbers: [], exitCode: null, output: error instanceof Error ? error.message : String(error) };
  }
  running.push(deployment);
  const numbers: number[] = [];
  try {
    await device.connect(deployment.url);
    numbers.push(device.queue("shared/rooms:join", { room: "a" }));
    for (let at = 0; device.closed === undefined && at < 2_000; at++) {
      numbers.push(device.queue("shared/messages:send", { room: "a", body: `message ${at}` }));
      await device.until(() => device.closed !== undefined || device.outcomes.has(numbers.at(-1) ?? 0));
    }
  } catch {
    // It ended while the device was connecting.
  }
  const exitCode = await deployment.ended;
  return { device, numbers, exitCode, output: deployment.output() };
}

/** What was acknowledged is there, once, and so is what is sent again; then the whole folder is as it was written. */
async function checkRestarted(folder: string, { device, numbers }: Life): Promise<string> {
  const acknowledged = [...device.outcomes];
  const deployment = await startDeployment({ folder });
  running.push(deployment);
  await device.connect(deployment.url);
  await device.until(() => numbers.every((n) => device.outcomes.has(n)));
  for (const [n, outcome] of acknowledged) expect(device.outcomes.get(n)).toEqual(outcome);
  expect([device.contradictions, device.held.problems]).toEqual([[], []]);
  const messages = (await deployment.run("server:allMessages", { room: "a" })) as { body: string }[];
  const bodies = messages.map(({ body }) => body).toSorted();
  const sent = Array.from({ length: Math.max(0, numbers.length - 1) }, (_, at) => `message ${at}`).toSorted();
  expect(bodies).toEqual(sent);
  await deployment.stop();
  const { code, stdout } = await runBothy(["--json", "doctor", "--folder", folder]);
  expect([code, (JSON.parse(stdout) as { findings: unknown }).findings]).toEqual([0, []]);
  return deployment.output();
}

test("system calls can be made to fail where this suite has to run", () => {
  expect(missingInCi(refusal)).toBeUndefined();
});

const log = "log/0000000000000001.log";
const store = "store/data.mdb";
const kills: readonly Fault[] = [
  ...[1, 5].map((at): Fault => ({ file: log, call: "fdatasync", what: "signal=SIGKILL", at })),
  { file: store, call: "fdatasync", what: "signal=SIGKILL", at: 3 },
  { file: store, call: "pwrite64", what: "signal=SIGKILL", at: 12 },
];

test.skipIf(refusal !== undefined).each(kills)(
  `[P2] [P3] [EN6] kill -9 at $call $at of $file loses nothing acknowledged and leaves everything whole${skipped}`,
  async (fault) => {
    const folder = await makeFolder();
    const said = await checkRestarted(folder, await liveThrough(folder, fault));
    expect(said).not.toContain("made from the log again");
  },
);

const failures: readonly (Fault & { readonly says: string })[] = [
  { file: log, call: "fdatasync", what: "error=EIO", at: 4, says: "disk_failed" },
  { file: log, call: "pwrite64", what: "error=EIO", at: 4, says: "disk_failed" },
  { file: log, call: "pwrite64", what: "error=ENOSPC", at: 4, says: "disk_full" },
];

test.skipIf(refusal !== undefined).each(failures)(
  `[P3] [EN7] $what at $call $at of the log ends the server at once, which says $says, and nothing acknowledged is lost${skipped}`,
  async (fault) => {
    const folder = await makeFolder();
    const life = await liveThrough(folder, fault);
    expect([life.exitCode, life.output]).toEqual([1, expect.stringContaining(fault.says)]);
    await checkRestarted(folder, life);
  },
);

test.skipIf(refusal !== undefined)(
  `[P3] [ST11] an I/O error at a sync of the store ends the server, and the next start makes the store from the log${skipped}`,
  async () => {
    const folder = await makeFolder();
    const life = await liveThrough(folder, { file: store, call: "fdatasync", what: "error=EIO", at: 3 });
    expect([life.exitCode, life.output]).toEqual([1, expect.stringContaining("cannot be relied on")]);
    expect(await checkRestarted(folder, life)).toContain("made from the log again");
  },
);
