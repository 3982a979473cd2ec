import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";
import {
  joinRoom,
  openStage,
  sendAll,
  shownIn,
  startStage,
  storedIn,
  whenAgreed,
  whenSettled,
  whoLeads,
} from "./stage.ts";

let server: Deployment;

beforeAll(async () => {
  server = await startStage();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

/** Everything that IndexedDB and localStorage hold for this origin, as text. */
function storedTexts(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error("refused"));
      });
    const plain = (_: string, value: unknown): unknown =>
      value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
    const texts: string[] = [JSON.stringify(localStorage)];
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        texts.push(
          name,
          store,
          JSON.stringify(await done(database.transaction(store).objectStore(store).getAll()), plain),
        );
      }
      database.close();
    }
    return texts.join("\n");
  });
}

const userOf = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => window.stage.client.status.value.identity?.subject);

/** Two tabs of one profile that show a secret. */
async function openAnn(room: string): Promise<{ readonly profile: Profile; readonly tabs: readonly Page[] }> {
  const profile = await openProfile();
  const tabs = [profile.page, await profile.context.newPage()];
  for (const tab of tabs) await openStage(tab, server.url);
  await joinRoom(profile.page, room);
  await sendAll(profile.page, room, ["the secret of ann"]);
  await whenSettled(profile.page);
  for (const tab of tabs) await expect.poll(() => shownIn(tab, room)).toEqual(["the secret of ann"]);
  return { profile, tabs };
}

test("[CL36] [C8] after a sign-out no byte of the user is on the device or shown in any tab, and another user goes on", async () => {
  const { profile, tabs } = await openAnn("wiped");
  const [first, second] = [profile.page, tabs[1] ?? profile.page];
  const ann = await userOf(first);
  expect(await storedTexts(first)).toContain("the secret of ann");
  await second.evaluate(() => window.stage.client.signOut());
  for (const tab of tabs) await expect.poll(() => userOf(tab), { timeout: 20_000 }).not.toBe(ann);
  await expect.poll(() => userOf(first), { timeout: 20_000 }).toBe(await userOf(second));
  for (const tab of tabs) {
    expect(await shownIn(tab, "wiped")).toEqual([]);
    expect(await tab.evaluate(() => window.stage.client.status.value.storageMode)).toBe("durable");
  }
  const stored = await storedTexts(first);
  expect(stored).not.toContain("the secret");
  expect(stored).not.toContain(ann);
  await joinRoom(first, "of ben");
  await sendAll(first, "of ben", ["hello"]);
  await whenSettled(first);
  await whenAgreed(second, server, "of ben", ["hello"]);
  expect(profile.errors).toEqual([]);
  await profile.close();
});

test("[CL37] [C4] changes that wait are not signed out of; kept aside they go out when their user is back", async () => {
  const { profile, tabs } = await openAnn("kept");
  const [first, second] = [profile.page, tabs[1] ?? profile.page];
  const ann = await userOf(first);
  const port = Number(new URL(server.url).port);
  await server.stop();
  await sendAll(second, "kept", ["unsent"]);
  const refusal = await first.evaluate(() =>
    window.stage.client.signOut().then(
      () => "signed out",
      (error: { code: string; details: unknown }) => [error.code, error.details],
    ),
  );
  expect(refusal).toEqual(["unsent_changes", { count: 1 }]);
  await first.evaluate(() => window.stage.client.signOut({ keep: true }));
  server = await startStage({ folder: server.folder, port });
  for (const tab of tabs) {
    await expect.poll(() => userOf(tab), { timeout: 20_000 }).toEqual(expect.any(String));
    expect(await userOf(tab)).not.toBe(ann);
    expect(await shownIn(tab, "kept")).toEqual([]);
  }
  expect(await storedIn(server, "kept")).toEqual(["the secret of ann"]);
  await second.evaluate(async () => {
    const [kept] = await window.stage.client.listKept();
    await window.stage.client.switchUser({ user: kept?.user ?? "" });
  });
  for (const tab of tabs) {
    await expect.poll(() => userOf(tab), { timeout: 20_000 }).toBe(ann);
    await whenSettled(tab);
    await whenAgreed(tab, server, "kept", ["the secret of ann", "unsent"]);
  }
  expect(profile.errors).toEqual([]);
  await profile.close();
});

test("[CL34] [C2] a leader that the browser has frozen loses the lead to the tab that is looked at, and follows when it wakes", async () => {
  const { profile, tabs } = await openAnn("frozen");
  const { leader, others } = await whoLeads(tabs);
  const [other = leader] = others;
  const session = await profile.context.newCDPSession(leader);
  // Stopped in the middle of a line, as a browser freezes a page.
  await session.send("Debugger.enable");
  const paused = new Promise((resolve) => session.once("Debugger.paused", resolve));
  await session.send("Debugger.pause");
  await paused;
  await sendAll(other, "frozen", ["meanwhile"]);
  await whoLeads([other]);
  await whenSettled(other);
  await session.send("Debugger.resume");
  const isFollowing = (): Promise<boolean> => leader.evaluate(() => !window.stage.client.status.value.isLeader);
  await expect.poll(isFollowing).toBe(true);
  await sendAll(leader, "frozen", ["awake"]);
  for (const tab of tabs) {
    await whenSettled(tab);
    await whenAgreed(tab, server, "frozen", ["the secret of ann", "meanwhile", "awake"]);
  }
  expect(profile.errors).toEqual([]);
  await profile.close();
});
