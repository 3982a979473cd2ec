import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startDeployment, type Deployment } from "../deployment.ts";
import { LastingDevice } from "./lasting-device.ts";

const running: Deployment[] = [];

afterEach(async () => {
  for (const deployment of running.splice(0)) await deployment.kill();
});

async function start(folder?: string): Promise<Deployment> {
  const deployment = await startDeployment(folder === undefined ? {} : { folder });
  running.push(deployment);
  return deployment;
}

const sentBodies = Array.from({ length: 40 }, (_, at) => `message ${at + 1}`);

async function filledFolder(): Promise<string> {
  const deployment = await start();
  const device = new LastingDevice();
  await device.connect(deployment.url);
  await device.mutate("shared/rooms:join", { room: "a" });
  const numbers = sentBodies.map((body) => device.queue("shared/messages:send", { room: "a", body }));
  await device.until(() => numbers.every((n) => device.outcomes.has(n)));
  await deployment.stop();
  return deployment.folder;
}

async function storedBodies(deployment: Deployment): Promise<string[]> {
  const messages = (await deployment.run("server:allMessages", { room: "a" })) as { body: string }[];
  return messages.map(({ body }) => body).toSorted();
}

test("[P10] [ST12] pages of the store that can't be read end the process once at most: then the store is made from the log, and the start says so", async () => {
  const folder = await filledFolder();
  const path = join(folder, "store", "data.mdb");
  const bytes = readFileSync(path);
  // All pages but the two that say where the tree begins.
  bytes.fill(0xff, 2 * 4_096);
  writeFileSync(path, bytes);
  // Where LMDB finds the fault while reading it says so; where it runs into it the process ends.
  const deployment = await start(folder).catch(() => start(folder));
  expect(deployment.output()).toContain("made from the log again");
  expect(await storedBodies(deployment)).toEqual(sentBodies.toSorted());
});

test("[P10] [ST11] a value that was changed behind the server's back ends it when it is read, and is made good by the next start", async () => {
  const folder = await filledFolder();
  const path = join(folder, "store", "data.mdb");
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf("message 7"); at >= 0; at = bytes.indexOf("message 7", at + 1)) bytes[at] = 0x4d;
  writeFileSync(path, bytes);
  const first = await start(folder);
  await expect(storedBodies(first)).rejects.toThrow();
  expect(await first.ended).toBe(1);
  expect(first.output()).toContain("cannot be relied on");

  const second = await start(folder);

  expect(second.output()).toContain("made from the log again");
  expect(await storedBodies(second)).toEqual(sentBodies.toSorted());
});

test("[ST12] after several ends that were no closing a start reads the store whole, and makes it again if it is not as it was written", async () => {
  const folder = await filledFolder();
  for (let round = 0; round < 3; round++) await (await start(folder)).kill();
  const whole = await start(folder);
  expect(whole.output()).not.toContain("made from the log again");
  await whole.kill();
  const path = join(folder, "store", "data.mdb");
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf("message 9"); at >= 0; at = bytes.indexOf("message 9", at + 1)) bytes[at] = 0x4d;
  writeFileSync(path, bytes);
  const rebuilt = await start(folder);
  expect(rebuilt.output()).toContain("made from the log again");
  expect(await storedBodies(rebuilt)).toEqual(sentBodies.toSorted());
  await rebuilt.stop();
  expect(existsSync(join(folder, "store-mark.json"))).toBe(false);
});
