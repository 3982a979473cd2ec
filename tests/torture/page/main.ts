// The page of the torture: a client, an actor, and a clock that can be set wrong.

import { createClient } from "bothy/client";
import { openIndexedDbStorage } from "bothy/storage/indexeddb";
import type { FunctionReference } from "bothy";
import { api } from "../app/bothy/_generated/api.js";
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
  /** Calls a mutation by its name; resolves with what came of it, as text. */
  call(name: string, args: Readonly<Record<string, string>>): Promise<string>;
  /** What a query shows, as text; watched from the first call on. */
  ask(name: "peek" | "peekOrFail" | "misread", space: string): string;
  /** The list of what was refused, with the errors as they are told. */
  rejected(): readonly { readonly name: string; readonly error: string; readonly args: unknown }[];
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

const asked = new Map<string, string>();

function textOfOutcome(outcome: unknown): string {
  if (!(outcome instanceof Error)) return JSON.stringify(outcome ?? null);
  return `${outcome.message} ${JSON.stringify(outcome)}`;
}

const torture: TorturePage = {
  actor,
  perform: (call) => actor.perform(call),
  async call(name, args) {
    const { server } = client.mutate<FunctionReference<"mutation">>(name, args);
    return await server.then(textOfOutcome, textOfOutcome);
  },
  ask(name, space) {
    const known = asked.get(`${name} ${space}`);
    if (known === undefined) {
      asked.set(`${name} ${space}`, "nothing yet");
      client.watch(api.guarded[name], { space }, (result) => asked.set(`${name} ${space}`, JSON.stringify(result)));
    }
    return asked.get(`${name} ${space}`) ?? "";
  },
  rejected: () => client.rejected.value.map(({ name, args, error }) => ({ name, args, error: textOfOutcome(error) })),
  jumpClock: (ms) => void (offsetMs = ms),
  async storedTags() {
    const rows = new Set<string>();
    const calls = new Set<string>();
    for (const { name: databaseName = "" } of await indexedDB.databases()) {
      const database = await resultOf(indexedDB.open(databaseName));
      for (const name of database.objectStoreNames) {
        const store = database.transaction(name).objectStore(name);
        const text = JSON.stringify([await resultOf(store.getAllKeys()), await resultOf(store.getAll())], textOf);
        const isOwn = ["outbox", "rejected", "retained"].includes(name);
        for (const tag of tagsIn(text)) (isOwn ? calls : rows).add(tag);
      }
      database.close();
    }
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
