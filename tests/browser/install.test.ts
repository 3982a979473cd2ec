import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import { fieldlogApp, goTo, startFieldlog, visit, whenOffline } from "./fieldlog.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";

let server: Deployment;
let profile: Profile;

beforeAll(async () => {
  server = await startFieldlog();
  profile = await openProfile();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

/** What keeps the browser from installing the app. */
async function installabilityErrors(page: Page): Promise<readonly unknown[]> {
  const session = await page.context().newCDPSession(page);
  const { installabilityErrors: errors } = await session.send("Page.getInstallabilityErrors");
  await session.detach();
  return errors;
}

test("the browser finds nothing that keeps the app from being installed", async () => {
  const { page } = profile;
  await visit(page, server.url, ["AAA"]);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect.poll(() => installabilityErrors(page)).toEqual([]);
});

test("a page whose manifest is gone cannot be installed, so the browser's word counts", async () => {
  const { page } = profile;
  await page.evaluate(() => document.querySelector("link[rel=manifest]")?.remove());
  const ids = async (): Promise<readonly unknown[]> => installabilityErrors(page);
  await expect.poll(async () => (await ids()).length).toBeGreaterThan(0);
  await page.reload();
});

test("every file of the build is kept at the first visit, those too that no screen has asked for yet", async () => {
  const built = (await readdir(join(fieldlogApp, "dist"), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/\.map$|^sw\.js$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(fieldlogApp, "dist").length))
    .map((path) => (path === "/index.html" ? "/" : path));
  const kept = await profile.page.evaluate(async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith("shell-"));
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname);
  });
  expect(kept.toSorted()).toEqual(built.toSorted());
  expect(built.filter((path) => path.endsWith(".js")).length).toBeGreaterThan(2);
});

test("a screen that is loaded when it is asked for opens with no server and no network", async () => {
  const { page, context } = profile;
  await server.stop();
  await context.setOffline(true);
  await whenOffline(page);
  const answered: string[] = [];
  page.on("response", (response) => {
    if (!response.fromServiceWorker()) answered.push(response.url());
  });
  await goTo(page, server.url, "/charts");
  await page.getByRole("heading", { name: "Charts", level: 1 }).waitFor();
  await page.getByRole("figure").first().waitFor();
  expect(answered).toEqual([]);
  expect(profile.errors).toEqual([]);
});

test("the You screen offers to install the app when the browser does, and the offer is gone once it is taken", async () => {
  const { page } = profile;
  await goTo(page, server.url, "/you");
  await page.evaluate(() => {
    const offer = new Event("beforeinstallprompt", { cancelable: true });
    window.dispatchEvent(Object.assign(offer, { prompt: async () => (document.title = "asked") }));
  });
  await page.getByRole("button", { name: "Install Fieldlog" }).click();
  await expect.poll(() => page.title()).toBe("asked");
  expect(await page.getByTestId("install").count()).toBe(0);
});
