import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { makeFolder, startDeployment, type Deployment } from "../deployment.ts";
import { LastingDevice } from "./lasting-device.ts";
import { missingInCi } from "./missing-in-ci.ts";

const mountPoint = await makeFolder();
const refusal = mountSmallDisk(mountPoint);
const skipped = refusal === undefined ? "" : ` (skipped: ${refusal})`;
const ballast = join(mountPoint, "ballast");
const running: Deployment[] = [];

afterEach(async () => {
  for (const deployment of running.splice(0)) await deployment.kill();
  rmSync(ballast, { force: true });
});

afterAll(() => {
  if (refusal === undefined) execFileSync("umount", ["--lazy", mountPoint], { stdio: "ignore" });
});

async function start(folder: string, port?: number): Promise<Deployment> {
  const deployment = await startDeployment({ folder, ...(port === undefined ? {} : { port }) });
  running.push(deployment);
  return deployment;
}

/** Returns why a disk of a few megabytes can't be had here, or undefined when it is there. */
function mountSmallDisk(path: string): string | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", path], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

/** Leaves at most so much room on the disk. */
function fillDisk(freeBytes: number): void {
  const { bavail, bsize } = statfsSync(mountPoint);
  let sizeBytes = Math.max(0, bavail * bsize - freeBytes);
  while (sizeBytes > 0) {
    try {
      writeFileSync(ballast, new Uint8Array(sizeBytes), { flag: "a" });
      return;
    } catch {
      // A part of it has been written; what others took meanwhile is found out by smaller pieces.
      sizeBytes = Math.floor(sizeBytes / 2);
    }
  }
}

async function bodiesOf(deployment: Deployment): Promise<string[]> {
  const messages = (await deployment.run("server:allMessages", { room: "a" })) as { body: string }[];
  return messages.map(({ body }) => body);
}

test("disks of a few megabytes can be had where this suite has to run", () => {
  expect(missingInCi(refusal)).toBeUndefined();
});

test.skipIf(refusal !== undefined)(
  `[P3] [EN32] a disk that gets full holds changes back, goes on answering, and goes on by itself once there is room${skipped}`,
  async () => {
    const deployment = await start(join(mountPoint, "waiting"));
    const device = new LastingDevice();
    await device.connect(deployment.url);
    await device.mutate("shared/rooms:join", { room: "a" });
    const body = "x".repeat(20_000);
    fillDisk(1_500_000);
    // The margin of this disk is 1.2 MB: after a few of these no more are taken.
    const numbers = Array.from({ length: 60 }, () => device.queue("shared/messages:send", { room: "a", body }));
    await expect(
      (async () => {
        for (;;) await deployment.run("server:count", { name: "c" });
      })(),
    ).rejects.toThrow("disk_full");
    expect(device.closed).toBeUndefined();
    const acknowledged = device.outcomes.size;
    expect(acknowledged).toBeLessThan(numbers.length);
    expect((await bodiesOf(deployment)).length).toBeGreaterThanOrEqual(acknowledged - 1);
    rmSync(ballast);
    await device.until(() => numbers.every((n) => device.outcomes.has(n)));
    expect((await bodiesOf(deployment)).length).toBe(numbers.length);
    expect(device.held.problems).toEqual([]);
    expect(deployment.output()).toContain("almost full");
    expect(await deployment.stop()).toBe(0);
  },
);

test.skipIf(refusal !== undefined)(
  `[P3] [ST3] a disk that is full without warning ends the server with disk_full, a start on it says so, and nothing acknowledged is lost once there is room${skipped}`,
  async () => {
    const folder = join(mountPoint, "full");
    const deployment = await start(folder);
    const device = new LastingDevice();
    await device.connect(deployment.url);
    await device.mutate("shared/rooms:join", { room: "a" });
    fillDisk(4_096);
    const body = "x".repeat(100_000);
    for (let at = 0; at < 100 && device.closed === undefined; at++)
      device.queue("shared/messages:send", { room: "a", body: `${at} ${body}` });
    await device.until(() => device.closed !== undefined);
    const acknowledged = device.outcomes.size;
    expect(await deployment.ended).toBe(1);
    expect(deployment.output()).toContain("disk_full");
    expect([...device.outcomes.values()].every(([, kind]) => kind === "applied")).toBe(true);
    fillDisk(0);
    const port = Number(new URL(deployment.url).port);
    await expect(start(folder, port)).rejects.toThrow(/disk_full.*Make room/su);

    rmSync(ballast);
    const again = await start(folder, port);
    expect((await bodiesOf(again)).length).toBeGreaterThanOrEqual(acknowledged - 1);
    expect(await again.stop()).toBe(0);
  },
);
