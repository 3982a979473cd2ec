import { afterAll, beforeAll, expect, test } from "vitest";
import type { Deployment } from "../deployment.ts";
import { openProfile, removeProfiles } from "./profile.ts";
import { bodiesOf, joinRoom, openStage, sendAll, startStage, whenAgreed, whenSettled, whenShown } from "./stage.ts";

let server: Deployment;

beforeAll(async () => {
  server = await startStage();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

/** Starts the server again over its folder and on its port. */
async function startAgain(): Promise<void> {
  server = await startStage({ folder: server.folder, port: Number(new URL(server.url).port) });
}

test("[C4] [C5] kill -9 of the server in the middle of 200 writes loses none and doubles none", async () => {
  const { page } = await openProfile();
  await openStage(page, server.url);
  await joinRoom(page, "kills");
  const bodies = bodiesOf("write", 200);
  const sending = sendAll(page, "kills", bodies.slice(0, 150));
  await expect
    .poll(() => page.evaluate(() => window.stage.server.length), { timeout: 30_000, interval: 5 })
    .toBeGreaterThan(20);
  await server.kill();
  // Also on a machine that is too busy to be killed in the middle, some have no answer.
  await Promise.all([sending, sendAll(page, "kills", bodies.slice(150))]);
  await startAgain();
  await whenSettled(page);
  await whenAgreed(page, server, "kills", bodies);
  expect(
    await page.evaluate(() => [window.stage.local.length, window.stage.server.length, window.stage.refused]),
  ).toEqual([200, 200, {}]);
  // What was shown never lost a message that it had.
  const history = await page.evaluate(() => window.stage.history["kills"] ?? []);
  const sizes = history.map((one) => one.length);
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
});

test("[C4] [C5] kill -9 of the server again and again while two devices write loses none and doubles none", async () => {
  const [first, second] = [await openProfile(), await openProfile()];
  for (const { page } of [first, second]) {
    await openStage(page, server.url);
    await joinRoom(page, "storm");
  }
  const all: string[] = [];
  for (let round = 0; round < 4; round++) {
    const [ours, theirs] = [bodiesOf(`a${round}`, 40), bodiesOf(`b${round}`, 40)];
    all.push(...ours, ...theirs);
    const sending = [sendAll(first.page, "storm", ours), sendAll(second.page, "storm", theirs)];
    await expect
      .poll(() => first.page.evaluate(() => window.stage.server.length), { timeout: 30_000, interval: 5 })
      .toBeGreaterThan(round * 40);
    await server.kill();
    await startAgain();
    await Promise.all(sending);
    await whenSettled(first.page);
  }
  await whenSettled(second.page);
  await whenAgreed(first.page, server, "storm", all);
  await whenAgreed(second.page, server, "storm", all);
  await first.close();
  await second.close();
});

test("[C4] kill -9 of the browser right after `local` loses none of what was stored and doubles none", async () => {
  const profile = await openProfile();
  await openStage(profile.page, server.url);
  await joinRoom(profile.page, "browser");
  const bodies = bodiesOf("stored", 50);
  await sendAll(profile.page, "browser", bodies);
  await profile.kill();
  const again = await openProfile({ folder: profile.folder });
  await openStage(again.page, server.url);
  await whenShown(again.page, "browser", bodies);
  await whenSettled(again.page);
  await whenAgreed(again.page, server, "browser", bodies);
  expect(again.errors).toEqual([]);
  await again.close();
});

test("[C4] kill -9 of a browser that was offline keeps what was written, and sends it once it is back", async () => {
  const profile = await openProfile();
  await openStage(profile.page, server.url);
  await joinRoom(profile.page, "dark");
  await sendAll(profile.page, "dark", ["before"]);
  await whenSettled(profile.page);
  await server.stop();
  const bodies = bodiesOf("dark", 30);
  await sendAll(profile.page, "dark", bodies);
  await whenShown(profile.page, "dark", ["before", ...bodies]);
  await profile.kill();
  await startAgain();
  const again = await openProfile({ folder: profile.folder });
  await openStage(again.page, server.url);
  await whenShown(again.page, "dark", ["before", ...bodies]);
  await whenSettled(again.page);
  await whenAgreed(again.page, server, "dark", ["before", ...bodies]);
  expect(again.errors).toEqual([]);
  await again.close();
});
