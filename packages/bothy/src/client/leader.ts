import type { ClientStorage, StorageOperation } from "../storage/index.ts";
import type { Core } from "./core.ts";
import type { LeaderListener } from "./leader-listener.ts";
import { hydrate, hydrateAgain, type Hydrated } from "./hydrate.ts";
import type { LeaderHolds } from "./leader-holds.ts";
import { lockFound, openContact } from "./leases.ts";
import type { ServerSubscriptions } from "./server-subscriptions.ts";
import { readKept, type StoredDevice, type StoredHolds } from "./stored-rows.ts";
import { openSession, type Beginning } from "./leader-session.ts";

/** The tab that holds the device's socket and writes what comes over it. */
export interface Leader {
  /** The device as it is now: a copied one gets another id. */
  readonly device: StoredDevice;
  /** Another token was stored, with which it changes who this device is, or the wish to stay away from the deployment. */
  reread(): Promise<void>;
  /** A new outbox entry is durable. */
  push(): void;
  /** The server-only queries that any tab watches. */
  readonly subscriptions: ServerSubscriptions;
  /** The scopes that this device holds on demand. */
  readonly holds: LeaderHolds;
  /** Verifies all that is held anew, also what was given up. */
  repair(): void;
  /** Any write of the rejected list or a result that belongs behind the pokes before it. */
  write(operations: readonly StorageOperation[]): Promise<void>;
  /** The storage lacks something that this leader was to write, and gets it when it takes it. */
  readonly isBehind: boolean;
  close(): Promise<void>;
}

export interface LeaderOptions {
  readonly core: Core;
  readonly storage: ClientStorage;
  readonly url: string;
  readonly device: StoredDevice;
  readonly listener: LeaderListener;
  /** What this tab has read already; it is used if nothing was written since. */
  readonly found: Hydrated | undefined;
}

/** Takes the lead: raises the fence, makes sure that this tab shows what is stored, and connects. Runs inside `core.serial`. */
export async function openLeader(options: LeaderOptions): Promise<Leader> {
  const { core, storage, found } = options;
  const fence = await storage.raiseFence();
  const current =
    found && found.poke === core.poke
      ? await hydrateAgain(core.schema, storage, { stamp: core.stamp, known: found })
      : await hydrate(core.schema, storage, core.stamp);
  const contact = await openContact(core.world, storage);
  const stored = readKept<StoredHolds>(await storage.get("meta", ["holds"]));
  const beginning: Beginning = {
    found: await lockFound(core.schema, storage, { found: current, silentMs: contact.silentMs() }),
    contact,
    // What another version of the app has stored is not known to be all.
    scopes: (stored?.scopes ?? []).map((one) => (current.isSchemaSame ? one : { ...one, state: "loading" })),
  };
  return await openSession(options, fence, beginning);
}
