import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";
import {
  bodiesOf,
  joinRoom,
  keepStage,
  openStage,
  sendAll,
  startStage,
  whenAgreed,
  whenSettled,
  whenShown,
  whoLeads,
} from "./stage.ts";

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
  const { leader, others } = await whoLeads([profile.page, await openTab(), await openTab()]);
  const [ofLeader, ofOthers] = [bodiesOf("a", 40), others.map((_, place) => bodiesOf(`b${place}`, 30))];
  // The others go on writing while it closes; it itself has only just stored what it wrote.
  await Promise.all([
    sendAll(leader, "leader", ofLeader).then(() => leader.close()),
    ...others.map(async (tab, place) => {
      const own = ofOthers[place] ?? [];
      await sendAll(tab, "leader", own.slice(0, 10 * (place + 1)));
      await sendAll(tab, "leader", own.slice(10 * (place + 1)));
    }),
  ]);
  await whoLeads(others);
  for (const tab of others) await whenSettled(tab);
  for (const tab of others) await whenAgreed(tab, server, "leader", [...ofLeader, ...ofOthers.flat()]);
  // Callers in tabs that live on were told of each of their own.
  for (const [place, tab] of others.entries()) {
    const answered = await tab.evaluate(() => window.stage.server);
    expect(answered.filter((body) => body.startsWith("b")).toSorted()).toEqual(ofOthers[place]?.toSorted());
  }
  await others[1]?.close();
});

test("[C2] a query that only the server can run lives in every tab, also when the tab that asked for all of them closes", async () => {
  const [first] = profile.context.pages();
  if (first === undefined) throw new Error("There is no tab.");
  const tabs = [first, await openTab(), await openTab()];
  await joinRoom(first, "counted");
  const counts = (asked: readonly Page[]): Promise<readonly unknown[]> =>
    Promise.all(asked.map((tab) => tab.evaluate(() => window.stage.count("counted"))));
  const ok = (value: number) => ({ value, status: "ok" });
  await expect.poll(() => counts(tabs)).toEqual([ok(0), ok(0), ok(0)]);
  const { leader, others } = await whoLeads(tabs);
  const [second = first, third = first] = others;
  await sendAll(second, "counted", ["one"]);
  await expect.poll(() => counts(tabs)).toEqual([ok(1), ok(1), ok(1)]);
  await leader.close();
  await sendAll(third, "counted", ["two"]);
  await expect.poll(() => counts([second, third])).toEqual([ok(2), ok(2)]);
  // Its last answer is there at the next start, before the server has said anything.
  const port = Number(new URL(server.url).port);
  await keepStage(profile.context);
  await server.stop();
  await third.reload();
  await expect.poll(() => counts([third])).toEqual([{ value: 2, status: "updating" }]);
  server = await startStage({ folder: server.folder, port });
  await expect.poll(() => counts([second, third])).toEqual([ok(2), ok(2)]);
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
  await whoLeads([first, ...tabs]);
  expect(profile.errors).toEqual([]);
});

test("[CL35] [C4] [C5] of ten tabs that open together the leader dies again and again: each change of another is answered, once", async () => {
  const own = await openProfile();
  await openStage(own.page, server.url);
  await joinRoom(own.page, "mortal");
  let tabs = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const tab = await own.context.newPage();
      await openStage(tab, server.url);
      return tab;
    }),
  );
  const sent: string[] = [];
  const waitsMs: number[] = [];
  let dying: Page = own.page;
  for (let round = 0; round < 6; round++) {
    const others = tabs.filter((tab) => tab !== dying);
    const writer = others[(round * 7) % others.length] ?? own.page;
    const body = `round-${round}`;
    sent.push(body);
    // In the moment in which the leader goes.
    const [waitMs] = await Promise.all([
      writer.evaluate(async (text) => {
        const startMs = performance.now();
        await window.stage.send("mortal", [text]);
        while (!window.stage.server.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
        return performance.now() - startMs;
      }, body),
      dying.close({ runBeforeUnload: false }),
    ]);
    waitsMs.push(Math.round(waitMs));
    tabs = tabs.filter((tab) => tab !== dying);
    dying = (await whoLeads(tabs)).leader;
  }
  // For people to read: a shared machine is no stopwatch.
  console.log(`a leader died: the others waited ${waitsMs.join(", ")} ms`);
  for (const tab of tabs) {
    await whenSettled(tab);
    await whenAgreed(tab, server, "mortal", sent);
  }
  expect(own.errors).toEqual([]);
  await own.close();
});
