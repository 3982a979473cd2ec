import { afterAll, beforeAll, expect, test } from "vitest";
import type { Deployment } from "../deployment.ts";
import { byTestId, editReport, factOf, goTo, shownReports, startFieldlog, visit, whenSynced } from "./fieldlog.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";
import {
  bodiesOf,
  joinRoom,
  keepStage,
  openStage,
  sendAll,
  shownIn,
  startStage,
  storedIn,
  whenAgreed,
  whenSettled,
} from "./stage.ts";

let server: Deployment;
let stage: Deployment;

beforeAll(async () => {
  server = await startFieldlog();
  stage = await startStage();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
  await stage.stop();
});

test("without IndexedDB the app works online and says that nothing is kept", async () => {
  const { page, errors, close } = await openProfile({
    initScript: () => Object.defineProperty(window, "indexedDB", { value: undefined }),
  });
  await visit(page, server.url, ["AAA"]);
  await page.getByText("This browser keeps nothing for this app").waitFor();
  const id = (await shownReports(page))[0]?.id ?? "";
  await editReport(page, server.url, id, { costRepair: "77" });
  await whenSynced(page);
  expect(await server.run("shared/reports:get", { reportId: id })).toMatchObject({ costRepair: 77 });
  // The next start is a new device, whose user has picked nothing.
  await goTo(page, server.url, "/reports");
  await page.reload();
  await page.getByText("Which airports are yours?").waitFor();
  expect(errors).toEqual([]);
  await close();
});

test("with an IndexedDB that refuses to open, as in some private windows, the app works online and says so", async () => {
  const { page, errors, close } = await openProfile({
    initScript: () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException("The operation is insecure.", "SecurityError");
      };
    },
  });
  await visit(page, server.url, ["AAA"]);
  await page.getByText("This browser keeps nothing for this app").waitFor();
  expect(errors).toEqual([]);
  await close();
});

test("without Web Locks and BroadcastChannel, as on plain http, two tabs work online and keep what they hold", async () => {
  const { page, context, errors, close } = await openProfile({
    initScript: () => {
      Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
      Object.defineProperty(window, "BroadcastChannel", { value: undefined });
      Object.defineProperty(Navigator.prototype, "serviceWorker", { value: undefined });
      Object.defineProperty(Navigator.prototype, "storage", { value: undefined });
      Object.defineProperty(window, "isSecureContext", { value: false });
    },
  });
  await visit(page, server.url, ["AAA"]);
  // It says what is missing at such an address and how to get it, until that is put away.
  const notice = page.getByText("This address is plain http");
  await page.getByText("npm start -- --lan").waitFor();
  await page.getByRole("button", { name: "Put away: This address is plain http" }).click();
  expect(await notice.count()).toBe(0);
  const id = (await shownReports(page))[1]?.id ?? "";
  await editReport(page, server.url, id, { costRepair: "88" });
  await whenSynced(page);
  const other = await context.newPage();
  await goTo(other, server.url, `/reports/${id}`);
  await byTestId(other, "report").waitFor();
  await editReport(other, server.url, id, { costOther: "99" });
  await whenSynced(other);
  expect(await server.run("shared/reports:get", { reportId: id })).toMatchObject({ costRepair: 88, costOther: 99 });
  // The first tab takes its turn when it is looked at again, which a browser without a window has to be told.
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await editReport(page, server.url, id, { speedKnots: "123" });
  await whenSynced(page);
  expect(await server.run("shared/reports:get", { reportId: id })).toMatchObject({
    costRepair: 88,
    costOther: 99,
    speedKnots: 123,
  });
  await page.reload();
  await byTestId(page, "report").waitFor();
  expect(await factOf(page, "costOther")).toBe("$99");
  expect(errors).toEqual([]);
  await close();
});

/** Gives a page's origin less room; to be called before the page first writes, because the browser remembers for 30 s what is free. */
async function limitStorage(profile: Profile, quotaSize: number): Promise<() => Promise<void>> {
  const { origin } = new URL(stage.url);
  const session = await profile.context.newCDPSession(profile.page);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize });
  return async () => void (await session.send("Storage.overrideQuotaForOrigin", { origin }));
}

test("[C4] [C10] a full storage refuses a write with a typed error, keeps the outbox, and takes writes again when there is room", async () => {
  const profile = await openProfile();
  const { page } = profile;
  const makeRoom = await limitStorage(profile, 2_000_000);
  await openStage(page, stage.url);
  await joinRoom(page, "quota");
  await whenSettled(page);
  const port = Number(new URL(stage.url).port);
  await stage.stop();
  const kept = bodiesOf("kept", 10);
  await sendAll(page, "quota", kept);
  const refusal = await page.evaluate(async () => {
    const hexes = (size: number): string =>
      Array.from({ length: size }, () => Math.random().toString(16).slice(2, 12)).join("");
    for (let tryCount = 0; tryCount < 50; tryCount++) {
      try {
        await window.stage.send("quota", [hexes(20_000)]);
      } catch (error) {
        return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
      }
    }
    return "never refused";
  });
  expect(refusal).toBe("storage_full");
  const stored = await page.evaluate(() => window.stage.local.length);
  // What was refused is not shown, and waits nowhere; what was kept is shown.
  expect(await page.evaluate(() => window.stage.room("quota").bodies.length)).toBe(stored);
  expect(await page.evaluate(() => window.stage.client.outbox.value.length)).toBe(stored);
  await makeRoom();
  await sendAll(page, "quota", ["room again"]);
  stage = await startStage({ folder: stage.folder, port });
  await page.reload();
  await whenSettled(page);
  const bodies = await storedIn(stage, "quota");
  expect(bodies).toEqual(expect.arrayContaining([...kept, "room again"]));
  expect(bodies.length).toBe(stored + 1);
  await whenAgreed(page, stage, "quota", bodies);
  await profile.close();
});

test("[C10] a device whose storage is full says so, shows what comes all the same, and is whole again after there is room", async () => {
  const profile = await openProfile();
  const { page } = profile;
  const makeRoom = await limitStorage(profile, 1_000_000);
  const writer = await openProfile();
  for (const one of [page, writer.page]) {
    await openStage(one, stage.url);
    await joinRoom(one, "flood");
  }
  const storageMode = (): Promise<string> => page.evaluate(() => window.stage.client.status.value.storageMode);
  expect(await storageMode()).toBe("durable");
  await writer.page.evaluate(async () => {
    const hexes = (): string => Array.from({ length: 10_000 }, () => Math.random().toString(16).slice(2, 12)).join("");
    for (let place = 0; place < 20; place++) await window.stage.send("flood", [`${place} ${hexes()}`]);
  });
  await whenSettled(writer.page);
  const sent = await writer.page.evaluate(() => window.stage.local);
  await whenAgreed(page, stage, "flood", sent);
  await expect.poll(storageMode).toBe("full");
  await makeRoom();
  await sendAll(writer.page, "flood", ["after"]);
  await whenAgreed(page, stage, "flood", [...sent, "after"]);
  await page.reload();
  await whenSettled(page);
  await whenAgreed(page, stage, "flood", [...sent, "after"]);
  expect(await storageMode()).toBe("durable");
  await sendAll(page, "flood", ["own"]);
  await page.reload();
  await whenSettled(page);
  await whenAgreed(page, stage, "flood", [...sent, "after", "own"]);
  await profile.close();
  await writer.close();
});

test("[C10] a device whose storage the browser has evicted says so with what was not sent, and sends it while the page lives", async () => {
  const profile = await openProfile();
  const { page } = profile;
  await openStage(page, stage.url);
  await joinRoom(page, "evicted");
  const other = await profile.context.newPage();
  await openStage(other, stage.url);
  await joinRoom(other, "evicted");
  for (const tab of [page, other]) await whenSettled(tab);
  const port = Number(new URL(stage.url).port);
  await stage.stop();
  const unsent = bodiesOf("unsent", 5);
  await sendAll(page, "evicted", unsent);
  const session = await profile.context.newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", { origin: new URL(stage.url).origin, storageTypes: "all" });
  const refusal = await page.evaluate(() =>
    window.stage.send("evicted", ["too late"]).then(
      () => "stored",
      (error: unknown) =>
        typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error),
    ),
  );
  expect(refusal).toBe("storage_lost");
  const read = (): Promise<unknown> =>
    page.evaluate(() => {
      const { storageMode, pendingCount, error } = window.stage.client.status.value;
      return { storageMode, pendingCount, code: error && "code" in error ? error.code : null };
    });
  await expect.poll(read).toEqual({ storageMode: "lost", pendingCount: 5, code: "storage_lost" });
  stage = await startStage({ folder: stage.folder, port });
  await expect.poll(async () => [...(await storedIn(stage, "evicted"))].sort(), { timeout: 20_000 }).toEqual(unsent);
  for (const tab of [page, other]) {
    await whenSettled(tab);
    await whenAgreed(tab, stage, "evicted", unsent);
  }
  expect(profile.errors).toEqual([]);
  await profile.close();
});

test("[C10] [CL31] a device that was evicted between two starts says what waited and what is lost, and goes on as the same user", async () => {
  const profile = await openProfile();
  await keepStage(profile.context);
  const { page } = profile;
  await openStage(page, stage.url);
  await joinRoom(page, "gone");
  await sendAll(page, "gone", ["arrived"]);
  await whenSettled(page);
  const identity = await page.evaluate(() => window.stage.client.status.value.identity);
  const port = Number(new URL(stage.url).port);
  await stage.stop();
  await sendAll(page, "gone", ["lost 1", "lost 2"]);
  await page.goto("about:blank");
  const session = await profile.context.newCDPSession(page);
  // What a browser short of room deletes; localStorage is not among it.
  await session.send("Storage.clearDataForOrigin", {
    origin: new URL(stage.url).origin,
    storageTypes: "indexeddb,cache_storage,service_workers",
  });
  await openStage(page, stage.url);
  const evicted = (): Promise<unknown> => page.evaluate(() => window.stage.client.status.value.evicted);
  await expect.poll(evicted).toMatchObject({ unsentCount: 2, lostCount: null });
  stage = await startStage({ folder: stage.folder, port });
  await expect.poll(evicted, { timeout: 20_000 }).toMatchObject({ unsentCount: 2, lostCount: 2 });
  await whenAgreed(page, stage, "gone", ["arrived"]);
  expect(await page.evaluate(() => window.stage.client.status.value.identity)).toEqual(identity);
  await page.reload();
  await whenSettled(page);
  expect(await evicted()).toBe(null);
  await profile.close();
});

test("in an incognito window the app works, in two tabs too, and nothing of it is there in the next", async () => {
  const profile = await openProfile();
  const browser = profile.context.browser();
  if (!browser) throw new Error("The browser is gone.");
  const hasRoom = async (): Promise<readonly string[]> => {
    const context = await browser.newContext();
    const [first, second] = [await context.newPage(), await context.newPage()];
    for (const page of [first, second]) await openStage(page, stage.url);
    const before = await shownIn(first, "incognito");
    await joinRoom(first, "incognito");
    await sendAll(first, "incognito", ["hello"]);
    await expect.poll(() => shownIn(second, "incognito")).toContain("hello");
    expect(await first.evaluate(() => window.stage.client.status.value.storageMode)).toBe("durable");
    await context.close();
    return before;
  };
  expect(await hasRoom()).toEqual([]);
  expect(await hasRoom()).toEqual([]);
  await profile.close();
});
