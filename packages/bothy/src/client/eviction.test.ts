import { expect, test } from "vitest";
import { createMemoryDisk } from "../storage/index.ts";
import { api } from "./fixtures/test-app.ts";
import { createProfile, createScene } from "./fixtures/test-profile.ts";
import { judgeEviction } from "./marker.ts";

test("[C10] [CL31] a start after an eviction says what waited, goes on as the same user, and is told what was lost", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { client, world } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  const before = client.status.value.identity;
  const [{ device } = { device: { id: "" } }] = deployment.hellos;
  deployment.isMute = true;
  await client.mutate(api.add, { list: "a", rank: 1, text: "arrived" }).local;
  await realm.settle();
  deployment.stop();
  await realm.settle();
  await client.mutate(api.add, { list: "a", rank: 2, text: "lost" }).local;
  await realm.settle();
  world.kill();
  Object.assign(profile.disk, createMemoryDisk(), { name: "after the eviction" });
  const next = profile.openTab();
  await realm.settle();
  const evicted = { deviceId: device.id, unsentCount: 2 };
  expect(next.client.status.value).toMatchObject({ evicted: { ...evicted, lostCount: null }, pendingCount: 0 });
  deployment.isMute = false;
  deployment.start();
  await realm.advance(20_000);
  expect(next.client.status.value).toMatchObject({
    state: "online",
    evicted: { ...evicted, lostCount: 1 },
    identity: before,
  });
  expect(deployment.hellos.at(-1)?.device).toMatchObject({ previous: device.id });
  expect(deployment.hellos.at(-1)?.device.id).not.toBe(device.id);
  const view = next.client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result).toMatchObject({ value: ["arrived"], complete: true });
  // It is told once: the next start has nothing to say.
  await next.client.close();
  const third = profile.openTab();
  await realm.advance(20_000);
  expect(third.client.status.value.evicted).toBe(null);
});

test("[CL31] every tab is told of an eviction, also one that opens later", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { client, world } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await realm.settle();
  world.kill();
  Object.assign(profile.disk, createMemoryDisk(), { name: "after the eviction" });
  deployment.stop();
  const tabs = [profile.openTab(), profile.openTab()];
  await realm.settle();
  const told = (): unknown[] => tabs.map((tab) => tab.client.status.value.evicted?.lostCount);
  expect(told()).toEqual([null, null]);
  // Also a start that finds the new device, before the deployment has answered.
  for (const tab of tabs.splice(0)) await tab.client.close();
  tabs.push(profile.openTab(), profile.openTab());
  await realm.settle();
  expect(told()).toEqual([null, null]);
  deployment.start();
  await realm.advance(20_000);
  expect(told()).toEqual([0, 0]);
  expect(tabs.map((tab) => tab.client.status.value.isLeader)).toEqual([true, false]);
});

test("[CL31] data that was destroyed on demand is not reported as evicted", async () => {
  const { realm } = createScene();
  const profile = createProfile(realm);
  const { client } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await client.destroyLocal();
  const next = profile.openTab();
  await realm.advance(20_000);
  expect(next.client.status.value).toMatchObject({ state: "online", evicted: null });
});

test("[CL31] what was lost is what was noted and never arrived, whatever arrived after the note", () => {
  const marker = { id: "d", key: "k", n: 10, unsent: 3 };
  const lostWith = (previousN: number | undefined): number | null => judgeEviction(marker, previousN).lostCount;
  expect([7, 8, 10, 12, 5, undefined].map(lostWith)).toEqual([3, 2, 0, 0, 3, 3]);
});
