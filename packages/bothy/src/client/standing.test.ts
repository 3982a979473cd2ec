import { expect, test } from "vitest";
import { createProfile, createScene, stateOf, type TestTab } from "./fixtures/test-profile.ts";
import { api } from "./fixtures/test-app.ts";
import { standingLimits } from "./standing.ts";

const leaders = (tabs: readonly TestTab[]): boolean[] => tabs.map(({ client }) => client.status.value.isLeader);

test("[CL33] a leader that is hidden for a while gives way to a visible tab, and loses nothing", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const tabs = [profile.openTab(), profile.openTab(), profile.openTab()] as const;
  await tabs[0].client.mutate(api.join, { list: "a" }).server;
  await realm.settle();
  tabs[1].world.setVisible(false);
  tabs[0].world.setVisible(false);
  // A glance at another tab: nothing moves.
  await realm.advance(standingLimits.yieldAfterMs - 1_000);
  expect(leaders(tabs)).toEqual([true, false, false]);
  const call = tabs[0].client.mutate(api.add, { list: "a", rank: 1, text: "of the old leader" });
  await call.local;
  await realm.advance(2_500);
  expect(leaders(tabs)).toEqual([false, false, true]);
  expect(await stateOf(call.server)).toMatchObject({ value: expect.any(String) });
  await tabs[0].client.mutate(api.add, { list: "a", rank: 2, text: "of a follower" }).server;
  const views = tabs.map(({ client }) => client.query(api.inList, { list: "a" }));
  await realm.settle();
  for (const view of views)
    expect(view.result).toMatchObject({ value: ["of the old leader", "of a follower"], complete: true });
  expect(tabs.map(({ client }) => client.status.value.state)).toEqual(["online", "online", "online"]);
  expect(new Set(deployment.executed.map(({ nonce }) => nonce)).size).toBe(3);
});

test("[CL33] visible tabs side by side leave the lead where it is, and so do tabs that are looked at in turn", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const tabs = [profile.openTab(), profile.openTab()] as const;
  await realm.advance(20_000);
  expect(leaders(tabs)).toEqual([true, false]);
  for (let turn = 0; turn < 10; turn++) {
    tabs[turn % 2 === 0 ? 0 : 1].world.setVisible(false);
    tabs[turn % 2 === 0 ? 1 : 0].world.setVisible(true);
    await realm.advance(2_000);
  }
  expect(deployment.hellos).toHaveLength(1);
});

test("[CL34] a frozen leader loses the lock to a visible tab within three seconds, and follows when it wakes", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const tabs = [profile.openTab(), profile.openTab()] as const;
  await tabs[0].client.mutate(api.join, { list: "a" }).server;
  await realm.settle();
  tabs[0].world.setFrozen(true);
  const call = tabs[1].client.mutate(api.add, { list: "a", rank: 1, text: "meanwhile" });
  await call.local;
  await realm.advance((standingLimits.unansweredMax + 1) * standingLimits.askMs);
  expect(leaders(tabs)).toEqual([true, true]);
  expect(await stateOf(call.server)).toMatchObject({ value: expect.any(String) });
  tabs[0].world.setFrozen(false);
  await realm.advance(100);
  expect(leaders(tabs)).toEqual([false, true]);
  const view = tabs[0].client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result).toMatchObject({ value: ["meanwhile"], complete: true });
  expect(tabs[0].client.status.value).toMatchObject({ state: "online", storageMode: "durable" });
  await tabs[0].client.mutate(api.add, { list: "a", rank: 2, text: "awake" }).server;
  expect(deployment.hellos.map(({ device }) => device.fence)).toEqual([1, 2]);
});

test("[CL34] a hidden tab takes nothing from a frozen leader, and one that was asleep itself asks first", async () => {
  const { realm } = createScene();
  const profile = createProfile(realm);
  const tabs = [profile.openTab(), profile.openTab()] as const;
  await realm.settle();
  tabs[1].world.setVisible(false);
  tabs[0].world.setFrozen(true);
  await realm.advance(20_000);
  expect(leaders(tabs)).toEqual([true, false]);
  // Both wake at once, as on a machine that was suspended.
  tabs[1].world.setFrozen(true);
  tabs[1].world.setVisible(true);
  await realm.advance(60_000);
  for (const { world } of tabs) world.setFrozen(false);
  await realm.advance(5_000);
  expect(leaders(tabs)).toEqual([true, false]);
});

test("[CL33] a leader whose successor dies in that moment leads again", async () => {
  const { realm } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab();
  const second = profile.openTab();
  await first.client.mutate(api.join, { list: "a" }).server;
  first.world.setVisible(false);
  await realm.advance(standingLimits.yieldAfterMs);
  // It has asked and does not hear the answer any more.
  second.world.setFrozen(true);
  await realm.advance(standingLimits.askMs);
  second.world.kill();
  await realm.advance(standingLimits.takeWithinMs + standingLimits.askMs);
  expect(first.client.status.value).toMatchObject({ isLeader: true, state: "online" });
});

/** A small seeded generator (mulberry32). */
function createDraw(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test.each([1, 2, 3, 4])(
  "[CL35] ten tabs that open together and are killed at random never keep a mutation waiting for a second (%i)",
  async (seed) => {
    const draw = createDraw(seed);
    const { realm, deployment } = createScene();
    const profile = createProfile(realm);
    let tabs = Array.from({ length: 10 }, () => profile.openTab());
    const waits: number[] = [];
    await realm.advance(10);
    await tabs[0]?.client.mutate(api.join, { list: "a" }).server;
    for (let step = 0; step < 25; step++) {
      const victim = tabs[draw(3) === 0 ? 0 : draw(tabs.length)];
      const kind = draw(4);
      if (kind === 0) tabs.push(profile.openTab());
      if (victim && kind > 0 && tabs.length > 2) {
        victim.world.kill();
        tabs = tabs.filter((tab) => tab !== victim);
      }
      const tab = tabs[draw(tabs.length)];
      const startMs = realm.nowMs();
      const { local, server } = tab?.client.mutate(api.add, { list: "a", rank: step, text: `${step}` }) ?? {};
      local?.catch(() => undefined);
      server?.then(
        () => waits.push(realm.nowMs() - startMs),
        () => waits.push(Number.POSITIVE_INFINITY),
      );
      await realm.advance(draw(40));
    }
    await realm.advance(2_000);
    expect(leaders(tabs).filter(Boolean)).toHaveLength(1);
    expect(deployment.docs.rows("notes")).toHaveLength(25);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_000);
    for (const { client } of tabs) expect(client.status.value).toMatchObject({ state: "online", pendingCount: 0 });
  },
);
