import type { CDPSession, Page } from "playwright-core";
import { openProfile, type Profile } from "../browser/profile.ts";
import type { Device } from "./device.ts";
import type { Recorder } from "./recorder.ts";
import type { BuiltPage } from "./stage.ts";
import { tagsIn, type TortureLine } from "./torture-line.ts";
import type {} from "./page/main.ts";

/** A device in a real browser, and what the torture does to it. */
export interface BrowserDevice extends Device {
  readonly isUp: boolean;
  readonly tabCount: number;
  /** Where the profile lies. */
  readonly folder: string;
  /** Does something in a tab that runs. */
  inTab<T>(task: (page: Page) => Promise<T>): Promise<T>;
  /** Ends the browser with -9. */
  kill(): Promise<void>;
  /** Starts the browser again over its profile. */
  start(): Promise<void>;
  openTab(): Promise<void>;
  closeTab(tab: string): Promise<void>;
  reloadTab(tab: string): Promise<void>;
  freeze(tab: string): Promise<void>;
  resume(tab: string): Promise<void>;
  setOffline(isOffline: boolean): Promise<void>;
  /** Gives the origin so many bytes to store; undefined: as many as the browser has. */
  setQuota(bytes: number | undefined): Promise<void>;
  jumpClock(tab: string, ms: number): Promise<void>;
}

interface Tab {
  readonly page: Page;
  readonly session: CDPSession;
  isFrozen: boolean;
}

/** How long something may take in a page before it counts as something that cannot be done now. */
const askMs = 5_000;

export interface BrowserDeviceOptions {
  readonly name: string;
  readonly url: string;
  readonly page: BuiltPage;
  readonly recorder: Recorder;
  readonly spaces: readonly string[];
}

/** Opens a new profile with one tab; resolves once the deployment has told it who it is. */
export async function openBrowserDevice(options: BrowserDeviceOptions): Promise<BrowserDevice> {
  const { name, url, page: built, recorder, spaces } = options;
  const tabs = new Map<string, Tab>();
  let profile: Profile | undefined;
  let folder: string | undefined;
  let tabNumber = 0;

  const begin = async (): Promise<void> => {
    profile = await openProfile(folder === undefined ? {} : { folder });
    folder = profile.folder;
    const { context } = profile;
    context.setDefaultTimeout(askMs);
    // A page that no server has sent counts as one of the open network, which may not call this machine by itself.
    await context.grantPermissions(["local-network-access"]);
    await context.route(/\/(main\.js)?(#.*)?$/, (route) =>
      route.fulfill({ path: route.request().url().endsWith("/main.js") ? built.script : built.html }),
    );
    await context.exposeBinding("tellTorture", (_source, line: TortureLine) => recorder.note(line));
    await openTab(profile.page);
  };

  const openTab = async (given?: Page): Promise<void> => {
    const context = profile?.context;
    if (context === undefined) return;
    tabNumber += 1;
    const tab = `tab${tabNumber}`;
    const page = given ?? (await context.newPage());
    page.on("websocket", (socket) => {
      socket.on("framereceived", ({ payload }) => {
        const tags = tagsIn(String(payload));
        if (tags.length > 0) recorder.tell({ kind: "wire", device: name, tags });
      });
    });
    await load(page, tab);
    tabs.set(tab, { page, session: await context.newCDPSession(page), isFrozen: false });
  };

  const load = async (page: Page, tab: string): Promise<void> => {
    // Another address first: a change behind the # alone would not load the page anew.
    await page.goto("about:blank");
    await page.goto(`${url}/#${name},${tab}`);
    await page.evaluate((all) => all.forEach((space) => window.torture.actor.watch(space)), [...spaces, `p-${name}`]);
  };

  const running = (): string[] => [...tabs].filter(([, { isFrozen }]) => !isFrozen).map(([tab]) => tab);

  /** Asks a tab; undefined if it cannot answer. */
  const ask = async <T>(tab: string | undefined, question: (page: Page) => Promise<T>): Promise<T | undefined> => {
    const found = tabs.get(tab ?? "");
    if (found === undefined || found.isFrozen) return undefined;
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), askMs));
    return await Promise.race([question(found.page).catch(() => undefined), late]);
  };

  const setLife = async (tab: string, isFrozen: boolean): Promise<void> => {
    const found = tabs.get(tab);
    if (found === undefined || found.isFrozen === isFrozen) return;
    if (isFrozen) recorder.tell({ kind: "frozen", device: name, tab });
    found.isFrozen = isFrozen;
    await found.session.send("Page.setWebLifecycleState", { state: isFrozen ? "frozen" : "active" });
    if (!isFrozen) recorder.tell({ kind: "resumed", device: name, tab });
  };

  const setQuota = async (bytes: number | undefined): Promise<void> => {
    const session = [...tabs.values()][0]?.session;
    await session?.send("Storage.overrideQuotaForOrigin", {
      origin: url,
      ...(bytes !== undefined && { quotaSize: bytes }),
    });
  };

  const start = async (): Promise<void> => {
    if (profile === undefined) await begin();
  };

  await begin();
  const user = await whoAmI(tabs.get("tab1")?.page);
  return {
    name,
    user,
    get isUp() {
      return profile !== undefined;
    },
    get tabCount() {
      return tabs.size;
    },
    get folder() {
      return folder ?? "";
    },
    async inTab(task) {
      const found = tabs.get(running()[0] ?? "");
      if (found === undefined) throw new Error(`No tab of ${name} runs.`);
      return await task(found.page);
    },
    tabs: running,
    perform: (call) => void ask(call.tab, (page) => page.evaluate((one) => window.torture.perform(one), call)),
    shown: (tab, space) => ask(tab, (page) => page.evaluate((one) => window.torture.actor.shown(one), space)),
    state: () => ask(running()[0], (page) => page.evaluate(() => window.torture.actor.state())),
    async heal() {
      await start();
      for (const tab of tabs.keys()) await setLife(tab, false);
      if (tabs.size === 0) await openTab();
      await setQuota(undefined);
      // The network comes back, which browsers tell.
      await profile?.context.setOffline(true);
      await profile?.context.setOffline(false);
      for (const tab of running()) await ask(tab, (page) => page.evaluate(() => window.torture.jumpClock(0)));
    },
    storedTags: () => ask(running()[0], (page) => page.evaluate(() => window.torture.storedTags())),
    async close() {
      await profile?.close();
    },
    async kill() {
      const ending = profile;
      profile = undefined;
      tabs.clear();
      await ending?.kill();
    },
    start,
    openTab: () => openTab(),
    async closeTab(tab) {
      const found = tabs.get(tab);
      tabs.delete(tab);
      await found?.page.close();
    },
    async reloadTab(tab) {
      const found = tabs.get(tab);
      if (found === undefined || found.isFrozen) return;
      tabs.delete(tab);
      tabNumber += 1;
      const next = `tab${tabNumber}`;
      await load(found.page, next);
      tabs.set(next, found);
    },
    freeze: (tab) => setLife(tab, true),
    resume: (tab) => setLife(tab, false),
    async setOffline(isOffline) {
      await profile?.context.setOffline(isOffline);
    },
    setQuota,
    async jumpClock(tab, ms) {
      await ask(tab, (page) => page.evaluate((by) => window.torture.jumpClock(by), ms));
    },
  };
}

async function whoAmI(page: Page | undefined): Promise<string> {
  for (;;) {
    const user = await page?.evaluate(() => window.torture.actor.state().user);
    if (user === undefined) throw new Error("There is no page to ask.");
    if (user !== "") return user;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
