import { calm, type FaultProxy } from "../proxy/fault-proxy.ts";
import type { BrowserDevice } from "./browser-device.ts";
import type { Device } from "./device.ts";
import type { Recorder } from "./recorder.ts";
import type { TortureServer } from "./server.ts";

/** Numbers from 0 to 1. */
export type Random = () => number;

/** What faults happen to. */
export interface Scene {
  readonly server: TortureServer;
  readonly proxy: FaultProxy;
  readonly browsers: readonly BrowserDevice[];
  readonly devices: readonly Device[];
  readonly recorder: Recorder;
  readonly random: Random;
  /** Spaces that are granted and taken away. */
  readonly shared: readonly string[];
}

/** A fault begins; what it returns ends it. Both may take a while. */
export type Fault = (scene: Scene) => Promise<(() => Promise<void>) | undefined>;

const hourMs = 3_600_000;

/** Picks one of several. */
export function pick<T>(random: Random, from: readonly T[]): T | undefined {
  return from[Math.floor(random() * from.length)];
}

/** A browser that runs, and one of its tabs that does. */
function pickTab({ browsers, random }: Scene): { readonly browser: BrowserDevice; readonly tab: string } | undefined {
  const browser = pick(
    random,
    browsers.filter(({ isUp }) => isUp),
  );
  const tab = browser && pick(random, browser.tabs());
  return browser && tab !== undefined ? { browser, tab } : undefined;
}

/** What can happen, each with how often it is to be drawn beside the others. */
export const faults: Readonly<Record<string, { readonly weight: number; readonly begin: Fault }>> = {
  "server killed": {
    weight: 3,
    begin: async ({ server }) => {
      if (!server.isUp) return undefined;
      await server.kill();
      return () => server.start();
    },
  },
  "browser killed": {
    weight: 3,
    begin: async ({ browsers, random }) => {
      const browser = pick(random, browsers);
      if (!browser?.isUp) return undefined;
      await browser.kill();
      return () => browser.start();
    },
  },
  "tab opened": {
    weight: 3,
    begin: async (scene) => {
      const chosen = pickTab(scene);
      if (chosen && chosen.browser.tabCount < 3) await chosen.browser.openTab();
      return undefined;
    },
  },
  "tab closed": {
    weight: 2,
    begin: async (scene) => {
      const chosen = pickTab(scene);
      if (chosen && chosen.browser.tabCount > 1) await chosen.browser.closeTab(chosen.tab);
      return undefined;
    },
  },
  "tab reloaded": {
    weight: 3,
    begin: async (scene) => {
      const chosen = pickTab(scene);
      await chosen?.browser.reloadTab(chosen.tab);
      return undefined;
    },
  },
  "tab frozen": {
    weight: 3,
    begin: async (scene) => {
      const chosen = pickTab(scene);
      await chosen?.browser.freeze(chosen.tab);
      return async () => await chosen?.browser.resume(chosen.tab);
    },
  },
  "browser offline": {
    weight: 2,
    begin: async ({ browsers, random }) => {
      const browser = pick(random, browsers);
      await browser?.setOffline(true);
      return async () => await browser?.setOffline(false);
    },
  },
  "clock wrong": {
    weight: 1,
    begin: async (scene) => {
      const chosen = pickTab(scene);
      await chosen?.browser.jumpClock(chosen.tab, (scene.random() - 0.5) * 4 * hourMs);
      return async () => await chosen?.browser.jumpClock(chosen.tab, 0);
    },
  },
  "storage full": {
    weight: 1,
    begin: async ({ browsers, random }) => {
      const browser = pick(
        random,
        browsers.filter(({ isUp }) => isUp),
      );
      await browser?.setQuota(1);
      return async () => await browser?.setQuota(undefined);
    },
  },
  "network slow": {
    weight: 3,
    begin: async ({ proxy, random }) => {
      const slow = { ...calm, delayMs: random() * 300, jitterMs: random() * 200, bytesPerSecond: 20_000 };
      proxy.set({ toServer: slow, toClient: slow, keepAfterClose: random() < 0.5 });
      return async () => proxy.heal();
    },
  },
  "network stalled in one direction": {
    weight: 2,
    begin: async ({ proxy, random }) => {
      proxy.set({ [random() < 0.5 ? "toServer" : "toClient"]: { ...calm, isStalled: true } });
      return async () => proxy.heal();
    },
  },
  "connections refused": {
    weight: 1,
    begin: async ({ proxy }) => {
      proxy.set({ isRefusing: true });
      proxy.cut();
      return async () => proxy.heal();
    },
  },
  "connections cut": {
    weight: 3,
    begin: async ({ proxy }) => {
      proxy.cut();
      return undefined;
    },
  },
  "connections dead": {
    weight: 2,
    begin: async ({ proxy, random }) => {
      proxy.deaden(pick(random, ["toServer", "toClient", "both"] as const) ?? "both");
      // A device finds out after 45 s by itself; here the network changes before.
      return async () => proxy.cut();
    },
  },
  "connections half-closed": {
    weight: 2,
    begin: async ({ proxy, random }) => {
      proxy.halfClose(random() < 0.5 ? "toServer" : "toClient");
      return undefined;
    },
  },
  "space taken away": {
    weight: 5,
    begin: async (scene) => {
      const device = pick(scene.random, scene.devices);
      const space = pick(scene.random, scene.shared);
      if (!device || space === undefined) return undefined;
      await setGrant(scene, "revoke", device.user, space);
      return () => setGrant(scene, "grant", device.user, space);
    },
  },
  "backup taken": {
    weight: 1,
    begin: async ({ server }) => {
      if (!server.isUp) return undefined;
      await server.backUp();
      return () => server.start();
    },
  },
};

/** Lets a user into a space or takes them out, and tells of it before and after. */
export async function setGrant(
  { server, recorder }: Pick<Scene, "server" | "recorder">,
  kind: "grant" | "revoke",
  user: string,
  space: string,
): Promise<void> {
  recorder.tell({ kind, phase: "call", user, space });
  await server.run(`admin:${kind}`, { user, space });
  recorder.tell({ kind, phase: "done", user, space });
}
