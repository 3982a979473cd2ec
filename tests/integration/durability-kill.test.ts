import { cp, readdir, rm, truncate, appendFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeFolder, startDeployment } from "../deployment.ts";
import type { Deployment, DeploymentOptions } from "../deployment.ts";
import { LastingDevice } from "./lasting-device.ts";

const running: Deployment[] = [];

afterEach(async () => {
  for (const deployment of running.splice(0)) await deployment.kill();
});

async function start(options: DeploymentOptions): Promise<Deployment> {
  const deployment = await startDeployment(options);
  running.push(deployment);
  return deployment;
}

/** Starts again on the same folder and port. */
function restart({ folder, url }: Deployment): Promise<Deployment> {
  return start({ folder, port: Number(new URL(url).port) });
}

async function bodiesOnServer(deployment: Deployment, room: string): Promise<string[]> {
  const messages = (await deployment.run("server:allMessages", { room })) as { body: string }[];
  return messages.map(({ body }) => body).toSorted();
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `message ${at + 1}`).toSorted();
}

/** Queues messages for a room; returns their numbers. */
function queueMessages(device: LastingDevice, room: string, bodies: readonly string[]): number[] {
  return bodies.map((body) => device.queue("shared/messages:send", { room, body }));
}

function hasAll(device: LastingDevice, numbers: readonly number[]): () => boolean {
  return () => numbers.every((n) => device.outcomes.has(n));
}

async function firstSegment(folder: string): Promise<string> {
  const names = (await readdir(join(folder, "log"))).toSorted();
  return join(folder, "log", names.at(-1) ?? "");
}

test.each([1, 2, 3])(
  "[P3] [P4] [SY17] [SY18] kill -9 in the middle of 200 writes loses nothing acknowledged and doubles nothing (kill %i)",
  async (round) => {
    const deployment = await start({});
    const device = new LastingDevice();
    await device.connect(deployment.url);
    await device.mutate("shared/rooms:join", { room: "a" });
    const bodies = Array.from({ length: 200 }, (_, at) => `message ${at + 1}`);
    const numbers = queueMessages(device, "a", bodies.slice(0, 150));
    // Killed at another moment in each round, and with answers under way unless the machine was too busy to be in time.
    await device.until(() => device.outcomes.size > 10 * round);
    await deployment.kill();
    numbers.push(...queueMessages(device, "a", bodies.slice(150)));
    const acknowledged = new Map(device.outcomes);

    const again = await restart(deployment);
    const { epoch, server } = await device.connect(again.url);
    await device.until(hasAll(device, numbers));
    expect(await bodiesOnServer(again, "a")).toEqual(numbered(200));
    expect(device.bodies("a")).toEqual(numbered(200));
    for (const [n, outcome] of acknowledged) expect(device.outcomes.get(n)).toEqual(outcome);
    expect(device.held.problems).toEqual([]);
    expect({ epoch, server }).toEqual({ epoch: device.held.epoch, server: device.held.server });

    // Every one of them once more, as after answers that were lost: the recorded outcome, and no second effect.
    const before = device.frames.length;
    for (const n of numbers) device.pushAgain(n);
    await device.until(
      () =>
        device.frames.slice(before).flatMap((f) => (f.type === "poke" ? (f.header.outcomes ?? []) : [])).length >= 200,
    );
    expect(device.contradictions).toEqual([]);
    expect(await bodiesOnServer(again, "a")).toEqual(numbered(200));
  },
);

test("[P4] [SY18] a mutation whose answer a kill took is answered as it ended, also after two further restarts", async () => {
  let deployment = await start({});
  const device = new LastingDevice();
  await device.connect(deployment.url);
  const first = await device.mutate("server:count", { name: "a" });
  const refused = await device.mutate("shared/rooms:refuse", { why: "no" });
  expect([first, refused]).toMatchObject([
    [1, "applied", 1],
    [2, "rejected", { code: "app_error" }],
  ]);
  for (let round = 0; round < 2; round++) {
    await deployment.kill();
    deployment = await restart(deployment);
    await device.connect(deployment.url);
    const before = device.frames.length;
    device.pushAgain(1);
    device.pushAgain(2);
    await device.until(
      () =>
        device.frames.slice(before).flatMap((f) => (f.type === "poke" ? (f.header.outcomes ?? []) : [])).length === 2,
    );
  }
  expect(device.contradictions).toEqual([]);
  expect(await device.mutate("server:count", { name: "a" })).toEqual([3, "applied", 2]);
});

test("[P3] the store is rebuilt from the log when its folder is gone", async () => {
  const deployment = await start({});
  const device = new LastingDevice();
  await device.connect(deployment.url);
  await device.mutate("shared/rooms:join", { room: "a" });
  const numbers = queueMessages(device, "a", numbered(50));
  await device.until(hasAll(device, numbers));
  await deployment.kill();
  await rm(join(deployment.folder, "store"), { recursive: true });

  const again = await restart(deployment);
  expect(await bodiesOnServer(again, "a")).toEqual(numbered(50));
  const { epoch, server } = await device.connect(again.url);
  expect({ epoch, server }).toEqual({ epoch: device.held.epoch, server: device.held.server });
  expect((await device.mutate("shared/messages:send", { room: "a", body: "after" })).slice(0, 2)).toEqual([
    52,
    "applied",
  ]);
  expect(device.bodies("a")).toEqual([...numbered(50), "after"].toSorted());
  expect(device.held.problems).toEqual([]);
});

test("[P4] [SY23] [SY24] a restored backup opens a new epoch for a device that was ahead of it, which sends again what was forgotten", async () => {
  const deployment = await start({});
  const device = new LastingDevice();
  await device.connect(deployment.url);
  await device.mutate("shared/rooms:join", { room: "a" });
  await device.until(hasAll(device, queueMessages(device, "a", ["kept 1", "kept 2"])));
  expect(await deployment.stop()).toBe(0);
  const backup = join(await makeFolder(), "backup");
  await cp(deployment.folder, backup, { recursive: true });

  const newer = await restart(deployment);
  await device.connect(newer.url);
  await device.until(hasAll(device, queueMessages(device, "a", ["forgotten 1", "forgotten 2"])));
  // The seal proves that the device has seen what the backup does not contain.
  await device.until(() => (device.held.cursor?.version ?? 0) === device.held.at);
  const before = device.held.epoch;
  await newer.stop();
  await rm(deployment.folder, { recursive: true });
  await cp(backup, deployment.folder, { recursive: true });

  const restored = await restart(deployment);
  const welcome = await device.connect(restored.url);
  expect(welcome.server).toBe(device.held.server);
  expect(welcome.epoch).not.toBe(before);
  expect(welcome.device.n).toBe(3);
  expect((await device.mutate("shared/messages:send", { room: "a", body: "new" })).slice(0, 2)).toEqual([6, "applied"]);
  const all = ["forgotten 1", "forgotten 2", "kept 1", "kept 2", "new"];
  expect(await bodiesOnServer(restored, "a")).toEqual(all);
  expect(device.bodies("a")).toEqual(all);
  expect(device.held.problems).toEqual([]);
  // The new epoch is as durable as anything else.
  await restored.kill();
  const later = await restart(deployment);
  expect((await device.connect(later.url)).epoch).toBe(welcome.epoch);
  expect(await bodiesOnServer(later, "a")).toEqual(all);
});

test("[SY23] a wiped folder is another server, where a device begins anew and sends again what it retained", async () => {
  const deployment = await start({});
  const device = new LastingDevice();
  await device.connect(deployment.url);
  await device.mutate("shared/rooms:join", { room: "a" });
  await device.until(hasAll(device, queueMessages(device, "a", ["one", "two"])));
  const before = device.held.server;
  await deployment.kill();
  await rm(deployment.folder, { recursive: true });

  const wiped = await restart(deployment);
  const welcome = await device.connect(wiped.url);
  expect(welcome.server).not.toBe(before);
  expect(welcome.device).toEqual({ n: 0, chain: "0".repeat(32) });
  expect((await device.mutate("shared/messages:send", { room: "a", body: "three" })).slice(0, 2)).toEqual([
    4,
    "applied",
  ]);
  expect(await bodiesOnServer(wiped, "a")).toEqual(["one", "three", "two"]);
  expect(device.bodies("a")).toEqual(["one", "three", "two"]);
});

test("a torn end of the log is cut off and everything before it is there", async () => {
  const deployment = await start({});
  const device = new LastingDevice();
  await device.connect(deployment.url);
  await device.mutate("shared/rooms:join", { room: "a" });
  await device.until(hasAll(device, queueMessages(device, "a", numbered(20))));
  await deployment.kill();
  const segment = await firstSegment(deployment.folder);
  // What a write leaves that a power cut ended halfway.
  await appendFile(segment, Buffer.from([0x42, 0x54, 0x48, 0x59, 9, 0, 0, 0, 1, 2, 3]));

  const again = await restart(deployment);
  expect(await bodiesOnServer(again, "a")).toEqual(numbered(20));
  await device.connect(again.url);
  expect((await device.mutate("shared/messages:send", { room: "a", body: "after" })).slice(0, 2)).toEqual([
    22,
    "applied",
  ]);
  await again.kill();
  const third = await restart(deployment);
  expect(await bodiesOnServer(third, "a")).toEqual(["after", ...numbered(20)]);
});

test("a log that lost acknowledged records is refused, not served", async () => {
  const deployment = await start({});
  const device = new LastingDevice();
  await device.connect(deployment.url);
  await device.until(hasAll(device, queueMessages(device, "a", numbered(50))));
  expect(await deployment.stop()).toBe(0);
  const segment = await firstSegment(deployment.folder);
  await truncate(segment, Math.floor((await stat(segment)).size / 2));
  await expect(restart(deployment)).rejects.toThrow("folder_damaged");
});
