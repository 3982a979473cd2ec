/** A browser profile with tabs of the test app, for the client's tests. */
import { createMemoryRealm, type MemoryRealm, type MemoryWorld } from "../base/index.ts";
import { createMemoryDisk, openMemoryStorage, type ClientStorage, type MemoryDisk } from "../storage/index.ts";
import { createClient, type BothyClient } from "./client.ts";
import { app } from "./test-app.ts";
import { TestDeployment } from "./test-deployment.ts";
import type { ClientApp } from "./core.ts";

export interface TestTab {
  readonly client: BothyClient;
  readonly world: MemoryWorld;
}

interface TabOptions {
  readonly app?: ClientApp;
  readonly wrap?: (storage: ClientStorage) => ClientStorage;
  readonly hasTabs?: boolean;
  /** While it says no, the tab does not hear the others. */
  readonly isHearing?: () => boolean;
}

export interface Profile {
  readonly disk: MemoryDisk;
  openTab(options?: TabOptions): TestTab;
}

let seeds = 0;

/** A profile with an empty storage, or with a copy of another's. */
export function createProfile(realm: MemoryRealm, disk: MemoryDisk = createMemoryDisk()): Profile {
  const name = `profile-${++seeds}`;
  return {
    disk,
    openTab({
      app: own = app,
      wrap = (storage: ClientStorage) => storage,
      hasTabs = true,
      isHearing = () => true,
    } = {}) {
      const opened = realm.openTab({ seed: ++seeds, hasTabs });
      const { openChannel } = opened;
      const world: MemoryWorld = {
        ...opened,
        ...(openChannel && {
          openChannel: (channel, onMessage) => openChannel(channel, (message) => isHearing() && onMessage(message)),
        }),
      };
      const storage = wrap(openMemoryStorage(disk));
      return {
        world,
        client: createClient({ app: own, url: "http://deployment", storage: Promise.resolve(storage), world, name }),
      };
    },
  };
}

/** A realm with a deployment in it. */
export function createScene(): { readonly realm: MemoryRealm; readonly deployment: TestDeployment } {
  const realm = createMemoryRealm();
  return { realm, deployment: new TestDeployment(realm) };
}

/** What a disk is at this moment: what a copied or restored profile begins with. */
export function copyDisk(disk: MemoryDisk): MemoryDisk {
  return structuredClone(disk);
}

/** How a promise ended, or that it has not. */
export async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const waiting = Symbol("waiting");
  const first = await Promise.race([
    promise.then(
      (value) => ({ value }),
      (error: { code?: string; data?: unknown }) => ({ refused: error.code ?? error.data }),
    ),
    new Promise((resolve) => setTimeout(resolve, 0)).then(() => waiting),
  ]);
  return first === waiting ? "waiting" : first;
}
