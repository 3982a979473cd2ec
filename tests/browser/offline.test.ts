import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { makeFolder, type Deployment } from "../deployment.ts";
import {
  byTestId,
  editReport,
  eventually,
  fieldlogApp,
  goTo,
  shownReports,
  startFieldlog,
  visit,
  whenOffline,
  whenSynced,
} from "./fieldlog.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";

const fullSeed = join(fieldlogApp, "seed/seed.mjs");

let server: Deployment;
let profile: Profile;

beforeAll(async () => {
  // The real records, because what takes long to read is what would show a waiting screen.
  server = await startFieldlog({ seed: fullSeed });
  profile = await openProfile({
    initScript: () => {
      const seen = { busy: 0, emptied: 0, hadRows: false };
      Object.assign(window, { seen });
      const look = (): void => {
        if (document.querySelector("[aria-busy=true]")) seen.busy++;
        const hasRows = document.querySelector("[data-testid=report-row]") !== null;
        if (seen.hadRows && !hasRows) seen.emptied++;
        seen.hadRows ||= hasRows;
      };
      new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
    },
  });
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

declare global {
  interface Window {
    readonly seen: { readonly busy: number; readonly emptied: number };
  }
}

async function startServerAgain(app = fieldlogApp): Promise<void> {
  server = await startFieldlog({ app, seed: fullSeed, folder: server.folder, port: Number(new URL(server.url).port) });
}

const seen = (page: Page): Promise<{ readonly busy: number; readonly emptied: number }> =>
  page.evaluate(() => window.seen);

test("[C2] 20 reloads with the server stopped show the data each time, with no request answered and nothing that waits", async () => {
  const { page } = profile;
  await visit(page, server.url, ["DFW", "ATL"]);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const listed = await page.locator(".list-head span").first().innerText();
  expect(listed).toMatch(/^\d,?\d\d\d reports$/);
  const rows = await shownReports(page);
  await server.stop();
  await whenOffline(page);
  const answered: string[] = [];
  page.on("response", (response) => {
    if (!response.fromServiceWorker()) answered.push(response.url());
  });
  for (let reload = 0; reload < 20; reload++) {
    await page.reload();
    await page.locator(".list-head", { hasText: listed }).waitFor();
    expect(await shownReports(page)).toEqual(rows);
    await whenOffline(page);
    expect(await seen(page)).toMatchObject({ busy: 0, emptied: 0 });
  }
  expect(answered).toEqual([]);
});

test("[C2] with no network at all, a link into the app opens, and what is written there is sent later", async () => {
  const { page, context } = profile;
  await context.setOffline(true);
  const id = (await shownReports(page))[1]?.id ?? "";
  await page.close();
  const tab = await context.newPage();
  await goTo(tab, server.url, `/reports/${id}`);
  await byTestId(tab, "report").waitFor();
  expect(await seen(tab)).toMatchObject({ busy: 0 });
  await editReport(tab, server.url, id, { species: "Written in the dark" });
  await tab.reload();
  await tab.getByRole("heading", { name: "Written in the dark" }).waitFor();
  expect(await byTestId(tab, "connection").getAttribute("data-pending")).toBe("1");
  // A path is a link into the app too.
  await tab.goto(`${server.url}/some/where#/reports/${id}`);
  await tab.getByRole("heading", { name: "Written in the dark" }).waitFor();
  await startServerAgain();
  await context.setOffline(false);
  await whenSynced(tab);
  const stored = await server.run("shared/reports:get", { reportId: id });
  expect(stored).toMatchObject({ species: "Written in the dark" });
});

test("a newer version of the app waits until it is asked to take over, and keeps what was written", async () => {
  const tab = profile.context.pages()[0] ?? (await profile.context.newPage());
  await goTo(tab, server.url, "/reports");
  await byTestId(tab, "report-row").first().waitFor();
  await server.stop();
  await startServerAgain(await makeNewerApp());
  await tab.reload();
  await byTestId(tab, "report-row").first().waitFor();
  await tab.evaluate(async () => (await navigator.serviceWorker.ready).update());
  const restart = tab.getByRole("button", { name: "Restart now" });
  await restart.waitFor();
  // Until then everything is the version that the person has been working with.
  expect(await tab.evaluate(() => document.documentElement.getAttribute("data-release"))).toBe(null);
  await restart.click();
  await eventually(() => tab.evaluate(() => document.documentElement.getAttribute("data-release")), "newer");
  await tab.locator("[data-testid=report-row]", { hasText: "Written in the dark" }).waitFor();
  await server.stop();
  await tab.reload();
  await byTestId(tab, "report-row").first().waitFor();
  expect(await tab.evaluate(() => document.documentElement.getAttribute("data-release"))).toBe("newer");
  expect(profile.errors).toEqual([]);
  await startServerAgain();
});

/** The demo app as its next release would be: another page, and so another version of the service worker. */
async function makeNewerApp(): Promise<string> {
  const folder = await makeFolder();
  for (const part of ["bothy", "dist", "package.json"])
    await cp(join(fieldlogApp, part), join(folder, part), { recursive: true });
  await symlink(join(fieldlogApp, "../../node_modules"), join(folder, "node_modules"));
  const page = join(folder, "dist/index.html");
  await writeFile(page, (await readFile(page, "utf8")).replace("<html", '<html data-release="newer"'));
  const worker = join(folder, "dist/sw.js");
  await writeFile(
    worker,
    (await readFile(worker, "utf8")).replace(/const version = "(\w+)"/, 'const version = "newer-$1"'),
  );
  return folder;
}
