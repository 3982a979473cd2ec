import type { ClientStorage, StorageOperation } from "../storage/index.ts";
import { createRandom, hexOfBytes } from "../values/index.ts";
import { openConnection } from "./connection.ts";
import type { Core } from "./core.ts";
import type { HeldScope } from "./holds.ts";
import { firstState, type Hydrated } from "./hydrate.ts";
import { readCursor, startOver } from "./leader-cursor.ts";
import { createLeaderHolds, type LeaderHolds } from "./leader-holds.ts";
import { readIdentity } from "./leader-identity.ts";
import { beginLeases, dropRanges } from "./leader-leases.ts";
import { helloOf, takeMessage } from "./leader-messages.ts";
import { push, stopPushing } from "./leader-pushes.ts";
import { readRetained } from "./leader-record.ts";
import { asInternal } from "./leader-errors.ts";
import type { LeaderListener } from "./leader-listener.ts";
import type { LeaderReach, LeaderState } from "./leader-state.ts";
import type { Contact } from "./leases.ts";
import { readRejected } from "./read-rejected.ts";
import { noGrants } from "./plan-poke.ts";
import { createServerSubscriptions, type ServerSubscriptions } from "./server-subscriptions.ts";
import { createStoreWriter } from "./store-writer.ts";
import { putRow, type StoredDevice, type StoredHolds } from "./stored-rows.ts";
import { createVerifier } from "./verify.ts";

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
  /** Rows on disk are lost: the deployment is asked for everything anew, unless it is already. */
  startOver(): void;
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

/** What a leader goes on from. */
export interface Beginning {
  readonly found: Hydrated;
  readonly contact: Contact;
  readonly scopes: readonly HeldScope[];
}

/**
 * Puts a leader to work: one connection after another, and everything that comes over them in turn. Runs inside `core.serial`: no
 * other step, and so nothing that needs the connection, comes before there is one.
 */
export async function openSession(options: LeaderOptions, fence: number, beginning: Beginning): Promise<Leader> {
  const { core, storage, listener, url, device } = options;
  const { world } = core;
  const random = createRandom(hexOfBytes(world.random.bytes(16)));
  const writer = createStoreWriter(options, beginning.found, fence);
  let isClosed = false;

  const tell: LeaderReach["tell"] = (change, error) => listener.onStatus(change, error ?? null);
  const restart: LeaderReach["restart"] = (how) => connection.restart(how);
  const run: LeaderReach["run"] = (step) =>
    void core.serial.run(async () => {
      if (isClosed) return;
      try {
        await step();
      } catch (error) {
        tell({}, asInternal(error));
        restart("later");
      }
    });
  const send: LeaderReach["send"] = (message) => {
    if (leader.place) connection.send(message);
  };
  const { contact } = beginning;
  const leader = createState({ core, storage, writer, contact, listener, send, restart, tell, run }, device);
  const { holds, subscriptions, verifier } = leader;

  await begin(leader, beginning);
  const connection = openConnection({
    world,
    url,
    random,
    hello: () => helloOf(leader),
    isPaused: () => leader.isPaused,
    onMessage: (message) => run(() => takeMessage(leader, message)),
    onDown() {
      stopPushing(leader);
      tell({ state: leader.isPaused ? "paused" : "offline" });
    },
  });

  return {
    get device() {
      return leader.device;
    },
    holds,
    subscriptions,
    async reread() {
      const wasPaused = leader.isPaused;
      await readIdentity(leader);
      restart("now");
      if (wasPaused && !leader.isPaused) tell({ state: "connecting" });
    },
    push: () => push(leader),
    repair: () => run(verifier.repair),
    startOver: () =>
      run(async () => {
        if (leader.cursor) startOver(leader);
      }),
    write: writer.write,
    get isBehind() {
      return writer.isBehind;
    },
    async close() {
      isClosed = true;
      connection.close();
      holds.close();
      leader.stopLeases?.();
      await writer.close();
    },
  };
}

function createState(reach: LeaderReach, device: StoredDevice): LeaderState {
  const { core, listener, send, tell, writer } = reach;
  const leader: LeaderState = {
    ...reach,
    holds: createLeaderHolds({
      world: core.world,
      send,
      onChange: (scopes) => {
        listener.onHolds(scopes);
        void writer.write([putRow("meta", ["holds"], { ...core.stamp, scopes } satisfies StoredHolds)]);
      },
    }),
    subscriptions: createServerSubscriptions(send, (key, result) => listener.onResult(key, result)),
    verifier: createVerifier({ core, grants: () => leader.grants, send, onChange: tell }),
    isPaused: false,
    device,
    deployment: { server: "", epoch: "" },
    applied: 0,
    retained: [],
    newDeviceCount: 0,
    replacedCount: 0,
    offered: [],
    grants: noGrants,
    arrived: [],
    failedScopes: new Set(),
    warnedOf: new Set(),
  };
  return leader;
}

/** Reads what only a leader needs, and finishes what a dead one left undone. */
async function begin(leader: LeaderState, { found, scopes }: Beginning): Promise<void> {
  const { core, holds, writer } = leader;
  await readIdentity(leader);
  await readCursor(leader, found);
  // A dead leader may have listed what it told nobody.
  await readRejected(leader);
  const { version, atMs } = found.state ?? firstState;
  // A tab that has led before may show a poke of this number that it could not store, and another has stored one.
  const isShown = core.poke === found.poke && core.state.version === version && core.state.atMs === atMs;
  if (core.isHydrated && isShown) {
    core.disk.refresh(found.segments);
    await core.addPending(found.pending);
  } else await core.adopt(found);
  await readRetained(leader, found);
  holds.begin(scopes);
  const { locked } = found;
  if (locked) await dropRanges(leader, { base: core.overlay.base, changed: new Map(), effect: locked });
  beginLeases(leader, found);
  writer.scheduleCompaction();
}
