// The page of the torture: a client, an actor, and a clock that can be set wrong.

import { createClient } from "bothy/client";
import { openIndexedDbStorage } from "bothy/storage/indexeddb";
import { app } from "../app/bothy/_generated/client.js";
import { createActor, type Actor } from "../actor.ts";
import { tagsIn, type Call, type TortureLine } from "../torture-line.ts";

declare global {
  interface Window {
    /** Takes a line; given by the browser's driver. */
    readonly tellTorture: (line: TortureLine) => Promise<void>;
    readonly torture: TorturePage;
  }
}

/** What the driver calls. */
export interface TorturePage {
  readonly actor: Actor;
  perform(call: Call): void;
  /** Every tag in the storage: of rows and results, and of the device's own calls. */
  storedTags(): Promise<{ readonly rows: readonly string[]; readonly calls: readonly string[] }>;
  /** Sets the clock of this page wrong from now on. */
  jumpClock(ms: number): void;
}

const realNow = Date.now;
let offsetMs = 0;
Date.now = () => realNow() + offsetMs;

const [device = "", tab = ""] = location.hash.slice(1).split(",");
const client = createClient({ app, url: location.origin, storage: openIndexedDbStorage("torture") });
const actor = createActor(client, {
  device,
  tab,
  tell: (told) => void window.tellTorture({ t: realNow(), ...told }),
});

const torture: TorturePage = {
  actor,
  perform: (call) => actor.perform(call),
  jumpClock: (ms) => void (offsetMs = ms),
  async storedTags() {
    const rows = new Set<string>();
    const calls = new Set<string>();
    const database = await resultOf(indexedDB.open("torture"));
    for (const name of database.objectStoreNames) {
      const store = database.transaction(name).objectStore(name);
      const text = JSON.stringify([await resultOf(store.getAllKeys()), await resultOf(store.getAll())], textOf);
      const isOwn = ["outbox", "rejected", "retained"].includes(name);
      for (const tag of tagsIn(text)) (isOwn ? calls : rows).add(tag);
    }
    database.close();
    return { rows: [...rows], calls: [...calls] };
  },
};

Object.assign(window, { torture });

function textOf(_key: string, value: unknown): unknown {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return new TextDecoder().decode(value);
  return typeof value === "bigint" ? String(value) : value;
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error(String(request.error)));
  });
}
