import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeFolder, startDeployment } from "../deployment.ts";
import { LastingDevice } from "./lasting-device.ts";

const mountPoint = await makeFolder();
const refusal = mountSmallDisk(mountPoint);

afterAll(() => {
  if (refusal === undefined) execFileSync("umount", ["--lazy", mountPoint], { stdio: "ignore" });
});

/** Returns why a disk of a few megabytes can't be had here, or undefined when it is there. */
function mountSmallDisk(path: string): string | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", path], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

test.skipIf(refusal !== undefined)(
  `a full disk ends the server with disk_full, and nothing acknowledged is lost once there is room${refusal === undefined ? "" : ` (skipped: ${refusal})`}`,
  async () => {
    const folder = join(mountPoint, "bothy");
    const ballast = join(mountPoint, "ballast");
    const deployment = await startDeployment({ folder });
    const device = new LastingDevice();
    await device.connect(deployment.url);
    await device.mutate("shared/rooms:join", { room: "a" });
    fillDisk(ballast);
    const body = "x".repeat(100_000);
    for (let at = 0; at < 100 && device.closed === undefined; at++) {
      device.queue("shared/messages:send", { room: "a", body: `${at} ${body}` });
    }
    await device.until(() => device.closed !== undefined);
    const acknowledged = device.outcomes.size;
    await deployment.kill();
    expect(deployment.output()).toContain("disk_full");
    expect([...device.outcomes.values()].every(([, kind]) => kind === "applied")).toBe(true);

    rmSync(ballast);
    const again = await startDeployment({ folder, port: Number(new URL(deployment.url).port) });
    const stored = (await again.run("server:allMessages", { room: "a" })) as unknown[];
    expect(stored.length).toBeGreaterThanOrEqual(acknowledged - 1);
    await again.stop();
  },
);

/** Leaves less room than one mutation takes. */
function fillDisk(path: string): void {
  let size = 32 * 1_048_576;
  while (size >= 4_096) {
    try {
      writeFileSync(path, new Uint8Array(size), { flag: "a" });
    } catch {
      // Not so much any more: what is left is filled in smaller pieces.
      size /= 2;
    }
  }
}
