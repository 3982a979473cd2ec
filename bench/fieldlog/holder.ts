import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { openProfile, type Profile } from "../../tests/browser/profile.ts";
import { startProcess, type Deployment } from "../../tests/deployment-process.ts";
import type {} from "./probe.ts";

/** The demo app, as `npm run build` left it. */
export const fieldlogApp: string = fileURLToPath(new URL("../../templates/fieldlog", import.meta.url));

/** Longer than the client waits before it writes what has come. */
const storedPauseMs = 3_000;

/** The demo with its real records, and a browser's profile that holds them all. */
export interface Holder {
  readonly url: string;
  /** The folder of that profile; no browser has it open. */
  readonly profileFolder: string;
  startServer(): Promise<void>;
  stopServer(): Promise<void>;
}

/** Starts the demo over its 10,000 records and fills a profile with them. */
export async function openHolder(folder: string): Promise<Holder> {
  const options = {
    app: fieldlogApp,
    folder: join(folder, "bothy"),
    args: ["--log-level", "error", "--seed", join(fieldlogApp, "seed/seed.mjs")],
  };
  let server: Deployment | undefined = await startProcess(options);
  const { url } = server;
  const profileFolder = join(folder, "profile");
  try {
    await withPage({ folder: profileFolder }, ({ page }) => holdAll(page, url));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url,
    profileFolder,
    async startServer() {
      server ??= await startProcess({ ...options, port: Number(new URL(url).port) });
    },
    async stopServer() {
      await server?.stop();
      server = undefined;
    },
  };
}

/** Runs something in a browser of its own whose pages have the probe. */
export async function withPage<T>(
  options: Parameters<typeof openProfile>[0],
  use: (profile: Profile) => Promise<T>,
): Promise<T> {
  const profile = await openProfile(options);
  try {
    await profile.context.addInitScript({ content: await probeSource() });
    return await use(profile);
  } finally {
    await profile.close();
  }
}

/** Picks every airport with reports, and resolves once all of these lie in the profile's storage. */
async function holdAll(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/#/airports`);
  await page.getByTestId("pick-all").click();
  await page.goto(`${url}/#/reports`);
  await page.getByText("10,000 reports").first().waitFor();
  await page.locator("[data-testid=connection][data-state=online][data-pending='0']").waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await whenStored(page);
}

/** Rows are shown when they come and stored a while after, the many in segments: these are there and stay as they are. */
async function whenStored(page: Page): Promise<void> {
  const countStored = (): Promise<readonly number[]> =>
    page.evaluate(async () => {
      const found = (await indexedDB.databases()).find(({ name }) => name?.startsWith("fieldlog:"));
      const opening = indexedDB.open(found?.name ?? "");
      await new Promise((resolve) => (opening.onsuccess = resolve));
      const stores = opening.result.transaction(["segment", "log"]);
      const counting = [stores.objectStore("segment").count(), stores.objectStore("log").count()];
      await new Promise((resolve) => (stores.oncomplete = resolve));
      opening.result.close();
      return counting.map(({ result }) => result);
    });
  let before = "";
  for (;;) {
    const [segments = 0, logged = 0] = await countStored();
    const now = `${segments} ${logged}`;
    if (segments > 0 && now === before) return;
    before = now;
    await page.waitForTimeout(storedPauseMs);
  }
}

let source: Promise<string> | undefined;

function probeSource(): Promise<string> {
  source ??= build({
    entryPoints: [fileURLToPath(new URL("probe.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2023",
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? "");
  return source;
}
