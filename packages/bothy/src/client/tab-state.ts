import type { ClientStorage } from "../storage/index.ts";
import type { ClientWorld } from "../base/index.ts";
import type { Core } from "./core.ts";
import type { Holds } from "./holds.ts";
import type { Hydrated } from "./hydrate.ts";
import type { Leader } from "./leader-session.ts";
import type { Marker } from "./marker.ts";
import type { Subscribers } from "./server-queries.ts";
import type { Standing } from "./standing.ts";
import type { StatusBox } from "./status.ts";
import type { StoredDevice } from "./stored-rows.ts";
import type { Tabs } from "./tabs.ts";

export interface DeviceTabOptions {
  readonly core: Core;
  readonly status: StatusBox;
  /** Address of the deployment. */
  readonly url: string;
  /** The client's name in its profile. */
  readonly name: string;
  /** The deployment has answered this tab. */
  readonly onWelcome: () => void;
}

/** What a tab has of one database, until another takes its place. */
export interface Stay {
  /** Where this device keeps what must survive a reload; a memory until it is open, and where there is none. */
  storage: ClientStorage;
  readonly subscribers: Subscribers;
  /** What was read at the start, for the first time that this tab leads. */
  found: Hydrated | undefined;
  tabs: Tabs | undefined;
  standing: Standing | undefined;
  leader: Leader | undefined;
  /** Number of the last poke that is in the storage. */
  storedPoke: number;
  evicted: Marker | undefined;
  cancelNote: (() => void) | undefined;
  cancelRead: (() => void) | undefined;
  /** How long until then; grows while the storage refuses. */
  rereadMs: number;
  /** This tab has led, and may show what no storage has: it reads again once the storage is as far. */
  mustRead: boolean;
  readonly stops: (() => void)[];
}

/**
 * This tab's part in its device: the storage, what the other tabs are asked (`tab-asking.ts`) and tell (`tab-hearing.ts`), and
 * the lead when it falls to this one (`tab-lead.ts`).
 */
export interface DeviceTab extends DeviceTabOptions, Stay {
  /** Names it among the tabs. */
  readonly id: string;
  /** The scopes that this tab holds on demand. */
  readonly holds: Holds;
  isClosed: boolean;
}

/** What leads a tab to its lock: its world, the name that it shares with the tabs of its database, and its device. */
export interface TabPlace {
  readonly world: ClientWorld;
  readonly name: string;
  readonly device: StoredDevice;
}
