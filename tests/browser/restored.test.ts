import { cp, rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, type Deployment } from "../deployment.ts";
import { copyProfile, openProfile, removeProfiles } from "./profile.ts";
import {
  bodiesOf,
  joinRoom,
  openStage,
  sendAll,
  startStage,
  storedIn,
  whenAgreed,
  whenSettled,
  whenShown,
} from "./stage.ts";

let server: Deployment;

beforeAll(async () => {
  server = await startStage();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

/** Starts a server on the same port, over a folder. */
async function startOver(folder: string): Promise<void> {
  server = await startStage({ folder, port: Number(new URL(server.url).port) });
}

test("[C4] [C5] over a server whose folder was wiped, a device sends again what it has written, once", async () => {
  const { page, close } = await openProfile();
  await openStage(page, server.url);
  await joinRoom(page, "wiped");
  const acknowledged = bodiesOf("acknowledged", 20);
  await sendAll(page, "wiped", acknowledged);
  await whenSettled(page);
  await server.kill();
  const waiting = bodiesOf("waiting", 10);
  await sendAll(page, "wiped", waiting);
  await rm(server.folder, { recursive: true });
  await startOver(await makeFolder());
  await whenSettled(page);
  await expect
    .poll(() => page.evaluate(() => window.stage.client.status.value.serverChanged?.kind), { timeout: 20_000 })
    .toBe("server_changed");
  await expect
    .poll(async () => [...(await storedIn(server, "wiped"))].sort(), { timeout: 30_000 })
    .toEqual([...acknowledged, ...waiting].sort());
  await whenAgreed(page, server, "wiped", [...acknowledged, ...waiting]);
  expect(await page.evaluate(() => window.stage.client.rejected.value)).toEqual([]);
  await close();
});

test("[C4] [C5] over a server restored from an older copy, two devices send again what it has forgotten, once", async () => {
  const [first, second] = [await openProfile(), await openProfile()];
  for (const { page } of [first, second]) {
    await openStage(page, server.url);
    await joinRoom(page, "restored");
  }
  const old = [...bodiesOf("old-a", 10), ...bodiesOf("old-b", 10)];
  await sendAll(first.page, "restored", old.slice(0, 10));
  await sendAll(second.page, "restored", old.slice(10));
  for (const { page } of [first, second]) await whenSettled(page);
  await server.stop();
  const copy = await makeFolder();
  await cp(server.folder, copy, { recursive: true });
  await startOver(server.folder);
  for (const { page } of [first, second]) await whenSettled(page);
  const forgotten = [...bodiesOf("new-a", 10), ...bodiesOf("new-b", 10)];
  await sendAll(first.page, "restored", forgotten.slice(0, 10));
  await sendAll(second.page, "restored", forgotten.slice(10));
  for (const { page } of [first, second]) await whenSettled(page);
  for (const { page } of [first, second]) await whenShown(page, "restored", [...old, ...forgotten]);
  await server.kill();
  const waiting = bodiesOf("waiting", 5);
  await sendAll(second.page, "restored", waiting);
  await startOver(copy);
  for (const { page } of [first, second]) await whenSettled(page);
  const all = [...old, ...forgotten, ...waiting];
  await expect
    .poll(async () => [...(await storedIn(server, "restored"))].sort(), { timeout: 30_000 })
    .toEqual(all.toSorted());
  for (const { page } of [first, second]) await whenAgreed(page, server, "restored", all);
  for (const { page } of [first, second])
    expect(await page.evaluate(() => window.stage.client.rejected.value)).toEqual([]);
  for (const profile of [first, second]) await profile.close();
});

test("[C4] [C5] a profile restored from an older copy of itself writes on: nothing is swallowed, nothing doubled", async () => {
  const original = await openProfile();
  await openStage(original.page, server.url);
  await joinRoom(original.page, "profile");
  await sendAll(original.page, "profile", bodiesOf("first", 10));
  await whenSettled(original.page);
  await original.close();
  const copy = await copyProfile(original.folder);
  const later = await openProfile({ folder: original.folder });
  await openStage(later.page, server.url);
  await sendAll(later.page, "profile", bodiesOf("later", 10));
  await whenSettled(later.page);
  await later.close();

  const restored = await openProfile({ folder: copy });
  await openStage(restored.page, server.url);
  await sendAll(restored.page, "profile", bodiesOf("restored", 10));
  await whenSettled(restored.page);
  const all = [...bodiesOf("first", 10), ...bodiesOf("later", 10), ...bodiesOf("restored", 10)];
  await whenAgreed(restored.page, server, "profile", all);
  expect(await restored.page.evaluate(() => window.stage.server.length)).toBe(10);
  await restored.close();
});

test("[C4] [C5] a profile that was copied with writing in its outbox: both go on, nothing is swallowed, nothing doubled", async () => {
  const original = await openProfile();
  await openStage(original.page, server.url);
  await joinRoom(original.page, "twins");
  await sendAll(original.page, "twins", bodiesOf("first", 10));
  await whenSettled(original.page);
  await server.stop();
  await sendAll(original.page, "twins", bodiesOf("outbox", 10));
  await original.close();
  const copy = await copyProfile(original.folder);
  // Both write while neither has a server: from here on the same numbers mean different things.
  const twins = [await openProfile({ folder: original.folder }), await openProfile({ folder: copy })] as const;
  await startOver(server.folder);
  const own = [bodiesOf("one", 10), bodiesOf("two", 10)];
  await Promise.all(
    twins.map(async ({ page }, place) => {
      await openStage(page, server.url);
      await sendAll(page, "twins", own[place] ?? []);
    }),
  );
  for (const { page } of twins) await whenSettled(page);
  const all = [...bodiesOf("first", 10), ...bodiesOf("outbox", 10), ...own.flat()];
  await expect
    .poll(async () => [...(await storedIn(server, "twins"))].sort(), { timeout: 30_000 })
    .toEqual(all.toSorted());
  for (const { page } of twins) await whenAgreed(page, server, "twins", all);
  // They are two devices now, and go on side by side.
  await sendAll(twins[0].page, "twins", ["more-one"]);
  await sendAll(twins[1].page, "twins", ["more-two"]);
  for (const { page } of twins) await whenSettled(page);
  for (const { page } of twins) await whenShown(page, "twins", [...all, "more-one", "more-two"]);
  for (const twin of twins) await twin.close();
});
