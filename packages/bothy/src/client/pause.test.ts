import { expect, test } from "vitest";
import { api } from "./fixtures/test-app.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { createProfile, createScene, stateOf, type TestTab } from "./fixtures/test-profile.ts";

const stateIn = ({ client }: TestTab): string => client.status.value.state;

test("[CL48] a client that is paused stays away in all tabs and over starts, takes mutations, and sends them once it resumes", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const tabs = [profile.openTab(), profile.openTab()] as const;
  await tabs[0].client.mutate(api.join, { list: "a" }).server;
  await realm.settle();
  // Of the tab that does not lead.
  await tabs[1].client.pause();
  await realm.settle();
  expect(tabs.map(stateIn)).toEqual(["paused", "paused"]);
  const { local, server } = tabs[0].client.mutate(api.add, { list: "a", rank: 1, text: "one" });
  await local;
  await realm.advance(120_000);
  expect(await stateOf(server)).toBe("waiting");
  for (const { client } of tabs) await client.close();
  const next = profile.openTab();
  const states = new Set<string>();
  next.client.status.subscribe(() => states.add(stateIn(next)));
  const view = next.client.query(api.inList, { list: "a" });
  view.subscribe(() => undefined);
  await realm.advance(120_000);
  expect(view.result).toMatchObject({ value: ["one"], complete: true });
  expect([...states]).toEqual(["connecting", "paused"]);
  expect([deployment.hellos.length, deployment.executed.length]).toEqual([1, 1]);
  await next.client.resume();
  await realm.settle();
  expect(next.client.status.value).toMatchObject({ state: "online", pendingCount: 0 });
  expect(deployment.executed.map(({ name }) => name)).toEqual(["shared/notes:join", "shared/notes:add"]);
  await next.client.close();
  const last = profile.openTab();
  await realm.settle();
  expect(stateIn(last)).toBe("online");
});

test("[CL48] what is on its way when a client is paused changes nothing any more, and comes again", async () => {
  const { realm, deployment } = createScene();
  const tab = createProfile(realm).openTab();
  await tab.client.mutate(api.join, { list: "a" }).server;
  const view = tab.client.query(api.inList, { list: "a" });
  view.subscribe(() => undefined);
  await realm.settle();
  // However far the connection has come: the welcome, and what follows it, may wait in line behind the pause.
  for (let turns = 0; turns < 60; turns++) {
    await tab.client.resume();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await tab.client.pause();
    await realm.settle();
    expect(stateIn(tab)).toBe("paused");
  }
  await deployment.write((docs) => docs.put("notes", noteRow(1, "a", "of another", deployment.version)));
  deployment.pokeAll();
  await realm.settle();
  expect(view.result.value).toEqual([]);
  await tab.client.resume();
  await realm.settle();
  expect(view.result.value).toEqual(["of another"]);
});

test("[CL48] functions of the deployment are refused with `offline` by a client that is paused", async () => {
  const { realm } = createScene();
  const tab = createProfile(realm).openTab();
  await tab.client.mutate(api.join, { list: "a" }).server;
  await tab.client.pause();
  await expect(tab.client.mutate("server:away", {}).local).rejects.toMatchObject({ code: "offline" });
});
