import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import { openProfile, removeProfiles } from "./profile.ts";
import { joinRoom, keepStage, openStage, startStage } from "./stage.ts";

const rooms = Array.from({ length: 10 }, (_, k) => `large ${k}`);
const rowsPerRoom = 5_000;
// A segment has at most 256 rows.
const leastSegments = 195;

let server: Deployment;

beforeAll(async () => {
  server = await startStage();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

declare global {
  interface Window {
    /** What the page read and showed, in order. */
    readonly order: string[];
  }
}

/** How many rows the browser keeps in a store of the client's database. */
const countIn = (page: Page, store: string): Promise<number> =>
  page.evaluate(async (name) => {
    const result = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const found = (await indexedDB.databases()).find((one) => one.name?.startsWith("stage:"));
    const database = await result(indexedDB.open(found?.name ?? ""));
    const count = await result(database.transaction(name).objectStore(name).count());
    database.close();
    return count;
  }, store);

/** Notes each segment that is read, and asks for a room before anything else is done. */
function watchOrder(): void {
  const order: string[] = [];
  const get = IDBObjectStore.prototype.get;
  IDBObjectStore.prototype.get = function (key) {
    if (this.name === "segment") order.push("segment");
    return get.call(this, key);
  };
  let given: Window["stage"] | undefined;
  Object.defineProperty(window, "stage", {
    get: () => given,
    set(stage: Window["stage"]) {
      given = stage;
      stage.room("small");
      const shown = stage.history["small"] ?? [];
      shown.push = (...results) => {
        order.push(`shown ${results[0]?.length ?? 0}`);
        return shown.length;
      };
    },
  });
  Object.assign(window, { order });
}

test("[CL20] [C2] a cold start without a network shows the rows that it needs before 50,000 others are read", async () => {
  const first = await openProfile();
  await openStage(first.page, server.url);
  await server.run("server:fill", { room: "small", count: 50 });
  for (const room of rooms) await server.run("server:fill", { room, count: rowsPerRoom });
  for (const room of ["small", ...rooms]) await first.page.evaluate((name) => window.stage.join(name), room);
  await joinRoom(first.page, "small");
  const isStored = async (): Promise<boolean> =>
    (await countIn(first.page, "segment")) > 2 * leastSegments && (await countIn(first.page, "log")) === 0;
  await expect.poll(isStored, { timeout: 120_000, interval: 500 }).toBe(true);
  await first.close();

  const second = await openProfile({ folder: first.folder, initScript: watchOrder });
  await second.context.setOffline(true);
  await keepStage(second.context);
  await openStage(second.page, server.url);
  const order = (): Promise<readonly string[]> => second.page.evaluate(() => window.order);
  await expect.poll(async () => (await order()).includes("shown 50"), { timeout: 30_000 }).toBe(true);
  const all = async (): Promise<number> => (await order()).filter((one) => one === "segment").length;
  await expect.poll(all, { timeout: 60_000 }).toBeGreaterThan(leastSegments);
  const events = await order();
  // Once, and complete: nothing else was ever shown of it.
  expect(events.filter((one) => one !== "segment")).toEqual(["shown 50"]);
  expect(events.indexOf("shown 50")).toBeLessThan(leastSegments / 4);
  expect(second.errors).toEqual([]);
}, 300_000);
