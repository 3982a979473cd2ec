import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";
import { bodiesOf, joinRoom, openStage, sendAll, startStage, whenAgreed, whenSettled, whenShown } from "./stage.ts";

let server: Deployment;
let profile: Profile;

beforeAll(async () => {
  server = await startStage();
  profile = await openProfile();
  await openStage(profile.page, server.url);
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

async function openTab(): Promise<Page> {
  const tab = await profile.context.newPage();
  await openStage(tab, server.url);
  return tab;
}

const isLeader = (page: Page): Promise<boolean> => page.evaluate(() => window.stage.client.status.value.isLeader);

test("[C1] a second tab shows the first tab's offline change, and the other way round", async () => {
  const second = await openTab();
  await joinRoom(profile.page, "tabs");
  await whenSettled(profile.page);
  await second.evaluate(() => window.stage.room("tabs"));
  const port = Number(new URL(server.url).port);
  await server.stop();
  await sendAll(profile.page, "tabs", ["from the first"]);
  await whenShown(second, "tabs", ["from the first"]);
  await sendAll(second, "tabs", ["from the second"]);
  await whenShown(profile.page, "tabs", ["from the first", "from the second"]);
  expect(await second.evaluate(() => window.stage.client.outbox.value.length)).toBe(2);
  server = await startStage({ folder: server.folder, port });
  for (const page of [profile.page, second]) {
    await whenSettled(page);
    await whenAgreed(page, server, "tabs", ["from the first", "from the second"]);
  }
  expect(await second.evaluate(() => window.stage.server)).toEqual(["from the second"]);
  await second.close();
});

test("[C4] [C5] the leading tab closes in the middle of 100 writes of three tabs: none is lost, none doubled", async () => {
  await joinRoom(profile.page, "leader");
  await whenSettled(profile.page);
  const [second, third] = [await openTab(), await openTab()];
  expect(await isLeader(profile.page)).toBe(true);
  const [ours, theirs, others] = [bodiesOf("a", 40), bodiesOf("b", 30), bodiesOf("c", 30)];
  await Promise.all([
    sendAll(profile.page, "leader", ours),
    sendAll(second, "leader", theirs).then(() => profile.page.close()),
    sendAll(third, "leader", others),
  ]);
  await expect
    .poll(async () => Number(await isLeader(second)) + Number(await isLeader(third)), { timeout: 20_000 })
    .toBe(1);
  for (const tab of [second, third]) await whenSettled(tab);
  for (const tab of [second, third]) await whenAgreed(tab, server, "leader", [...ours, ...theirs, ...others]);
  // Callers in tabs that live on were told of each of their own.
  expect((await second.evaluate(() => window.stage.server)).toSorted()).toEqual(theirs.toSorted());
  expect((await third.evaluate(() => window.stage.server)).toSorted()).toEqual(others.toSorted());
  await third.close();
});

test("[C2] ten tabs that open together all reach the data, and one of them leads", async () => {
  const [first] = profile.context.pages();
  if (first === undefined) throw new Error("There is no tab.");
  await joinRoom(first, "ten");
  await sendAll(first, "ten", bodiesOf("ten", 30));
  await whenSettled(first);
  const tabs = await Promise.all(Array.from({ length: 10 }, openTab));
  for (const tab of tabs) await whenShown(tab, "ten", bodiesOf("ten", 30));
  await Promise.all(tabs.map((tab, place) => sendAll(tab, "ten", [`tab-${place}`])));
  const all = [...bodiesOf("ten", 30), ...bodiesOf("tab", 10)];
  for (const tab of [first, ...tabs]) {
    await whenSettled(tab);
    await whenAgreed(tab, server, "ten", all);
  }
  expect(await Promise.all([first, ...tabs].map(isLeader))).toEqual([true, ...tabs.map(() => false)]);
  expect(profile.errors).toEqual([]);
});
