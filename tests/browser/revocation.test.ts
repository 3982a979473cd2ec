import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import { byTestId, editReport, eventually, goTo, shownReports, startFieldlog, visit, whenSynced } from "./fieldlog.ts";
import { collectFrames } from "./frames.ts";
import { openProfile, removeProfiles } from "./profile.ts";
import { secret } from "./seed.mjs";

let server: Deployment;

beforeAll(async () => {
  server = await startFieldlog();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

/** Whether a text stands anywhere in any database of the page's origin, in a key or in a row. */
function storesText(page: Page, text: string): Promise<boolean> {
  return page.evaluate(async (wanted) => {
    const resultOf = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const textOf = (_key: string, value: unknown): unknown => {
      if (value instanceof ArrayBuffer) return new TextDecoder().decode(value);
      if (ArrayBuffer.isView(value)) return new TextDecoder().decode(value);
      return typeof value === "bigint" ? String(value) : value;
    };
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue;
      const database = await resultOf(indexedDB.open(name));
      try {
        for (const storeName of database.objectStoreNames) {
          const store = database.transaction(storeName).objectStore(storeName);
          const rows = [await resultOf(store.getAllKeys()), await resultOf(store.getAll())];
          if (JSON.stringify(rows, textOf).includes(wanted)) return true;
        }
      } finally {
        database.close();
      }
    }
    return false;
  }, text);
}

test("[C8] a device never receives a row, a count or a change of an airport that was not picked", async () => {
  const [honest, curious] = [await openProfile(), await openProfile()];
  const frames = collectFrames(curious.page);
  await visit(curious.page, server.url, ["AAA"]);
  await visit(honest.page, server.url, ["CCC"]);
  const id = (await shownReports(honest.page))[0]?.id ?? "";
  // Changes of such rows, and comments on them, while the curious device listens.
  await editReport(honest.page, server.url, id, { species: `${secret} rex`, operator: `${secret} AIR` });
  await byTestId(honest.page, "comment-input").fill(`A ${secret} of unusual size.`);
  await byTestId(honest.page, "comment-send").click();
  await whenSynced(honest.page);
  // It asks for one by its id, and reconnects.
  await goTo(curious.page, server.url, `/reports/${id}`);
  await curious.page.getByText("Not on this device").waitFor();
  await curious.page.reload();
  await whenSynced(curious.page);
  // A change that it may see comes behind all of those.
  await goTo(curious.page, server.url, "/reports");
  const own = (await shownReports(curious.page))[0]?.id ?? "";
  await editReport(curious.page, server.url, own, { species: "Last of all" });
  await whenSynced(curious.page);
  const texts = frames.filter(({ from }) => from === "server").map(({ text }) => text);
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  expect(texts.filter((text) => text.includes(id))).toEqual([]);
  expect(await storesText(curious.page, secret)).toBe(false);
  // The same look finds what is there.
  expect(await storesText(honest.page, `${secret} rex`)).toBe(true);
  await curious.close();
  await honest.close();
});

test("[C9] the rows of an airport that is unpicked leave the page and the device's storage, also those that another tab shows", async () => {
  const { page, context, close } = await openProfile();
  await visit(page, server.url, ["AAA", "CCC"]);
  const other = await context.newPage();
  await goTo(other, server.url, "/reports?find=quetz");
  await byTestId(other, "report-row").first().waitFor();
  expect(await storesText(page, secret)).toBe(true);
  const frames = collectFrames(page);
  await goTo(page, server.url, "/airports");
  await byTestId(page, "airport-search").fill("CCC");
  await byTestId(page, "pick").click();
  await whenSynced(page);
  await eventually(() => byTestId(other, "report-row").count(), 0);
  await goTo(page, server.url, "/reports");
  await page.locator(".list-head", { hasText: /^100 reports/ }).waitFor();
  // What is still in the log is folded into the segments a while after.
  await expect.poll(() => storesText(page, secret), { timeout: 60_000, interval: 500 }).toBe(false);
  expect(frames.filter(({ from, text }) => from === "server" && text.includes(secret))).toEqual([]);
  await other.reload();
  await whenSynced(other);
  expect(await byTestId(other, "report-row").count()).toBe(0);
  await close();
});

test("[C9] a device that was away when its airport was unpicked loses the rows on its next contact", async () => {
  const { page, context, close } = await openProfile();
  await visit(page, server.url, ["BBB", "CCC"]);
  const port = Number(new URL(server.url).port);
  await server.stop();
  await goTo(page, server.url, "/airports");
  await byTestId(page, "airport-search").fill("CCC");
  await byTestId(page, "pick").click();
  await eventually(() => byTestId(page, "connection").getAttribute("data-pending"), "1");
  await page.close();
  server = await startFieldlog({ folder: server.folder, port });
  const tab = await context.newPage();
  await goTo(tab, server.url, "/reports");
  await whenSynced(tab);
  await tab.locator(".list-head", { hasText: /^100 reports/ }).waitFor();
  await expect.poll(() => storesText(tab, secret), { timeout: 60_000, interval: 500 }).toBe(false);
  await close();
});
