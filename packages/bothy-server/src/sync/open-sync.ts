import type { Auth } from "../auth/index.ts";
import type { Socket, World } from "../base/index.ts";
import type { Commit, Engine } from "../engine/index.ts";
import type { Live } from "../live/index.ts";
import type { FunctionPool } from "../runtime/index.ts";
import type { Skew } from "../skew/index.ts";
import { AddressBook } from "./address-book.ts";
import { Connection } from "./connection.ts";
import type { ConnectionParts } from "./connection.ts";
import { createCursorSealer } from "./cursor-seal.ts";
import { DeviceDirectory } from "./device-directory.ts";
import { deviceOfOutcome, parseKeptOutcome } from "./device-record.ts";
import { defaultSyncLimits } from "./limits.ts";
import type { SyncLimits } from "./limits.ts";
import { Outlet } from "./outlet.ts";
import { PumpQueue } from "./pump-queue.ts";
import { RangeHub } from "./range-hub.ts";
import { internalFault, schemaChanged, shuttingDown, tooManySockets, tooManySocketsOfAddress } from "./refusals.ts";
import { SharedPokes } from "./shared-pokes.ts";
import { SyncFigures } from "./sync-figures.ts";

/** What the sessions of a deployment stand on. */
export interface SyncOptions {
  readonly world: World;
  readonly engine: Engine;
  readonly pool: FunctionPool;
  readonly live: Live;
  readonly auth: Auth;
  /** What the schemas of devices mean to the one in force. */
  readonly skew: Skew;
  readonly limits?: Partial<SyncLimits>;
  /** While developing devices tell what their calls wrote, and are warned where that differs (SY70, SY71). */
  readonly isDev?: boolean;
}

/** How much is going on. */
export interface SyncCounts {
  readonly sockets: number;
  readonly devices: number;
  readonly ranges: number;
}

/** The sessions of all connected devices. */
export interface Sync {
  /** Takes a socket from its opening to its end. */
  connect(socket: Socket): void;
  counts(): SyncCounts;
  /** Counted since it was opened. */
  readonly figures: SyncFigures;
  /** Mutations that devices have sent and that have no outcome yet. */
  waitingMutations(): number;
  /** Another schema is in force: all sockets end, and what `skew` says of it counts from now on. */
  takeSchema(): void;
  /** Ends all sockets; resolves once no mutation of theirs is under way. */
  close(): Promise<void>;
}

/** Serves devices over the sockets that it is given. */
export function openSync(options: SyncOptions): Sync {
  const { world, engine, pool } = options;
  const limits = { ...defaultSyncLimits, ...options.limits };
  const figures = new SyncFigures();
  const outletParts = { clock: world.clock, limits, figures };
  const connections = new Set<Connection>();
  const hub = new RangeHub(engine);
  const pumps = new PumpQueue(world.clock, limits.sliceMs);
  const directory = new DeviceDirectory();
  const addresses = new AddressBook(world.clock, limits);
  const parts: ConnectionParts = {
    ...options,
    limits,
    hub,
    pumps,
    directory,
    figures,
    unanswered: { ofAll: 0 },
    addresses,
    sharedPokes: new SharedPokes(),
    sealer: createCursorSealer(engine),
    onEnd: (connection) => void connections.delete(connection),
  };
  const stopCommits = engine.onDurable((commits) => {
    try {
      hub.apply(commits);
      for (const commit of commits) answerDevices(directory, commit);
      pumps.wake();
    } catch (error) {
      // Some devices may have been told and others not: all of them start again from what they can prove.
      for (const connection of [...connections]) connection.end(internalFault(world, error));
    }
  });
  const stopReloads = pool.onReload(() => {
    for (const session of directory.sessions()) session.onReload();
  });
  let isClosed = false;
  return {
    connect: (socket) => {
      if (isClosed) return new Outlet(socket, outletParts).end(shuttingDown());
      if (connections.size >= limits.socketsMax) return new Outlet(socket, outletParts).end(tooManySockets());
      if (!addresses.open(socket.remoteAddress)) return new Outlet(socket, outletParts).end(tooManySocketsOfAddress());
      connections.add(new Connection(parts, socket));
    },
    counts: () => ({ sockets: connections.size, devices: directory.size, ranges: hub.size }),
    figures,
    waitingMutations: () => directory.sessions().reduce((sum, { waitingMutations }) => sum + waitingMutations, 0),
    takeSchema: () => {
      // What they hold and follow is in keys of the schema before.
      for (const connection of [...connections]) connection.end(schemaChanged());
    },
    close: async () => {
      isClosed = true;
      stopReloads();
      const sessions = directory.sessions();
      for (const connection of [...connections]) connection.end(shuttingDown());
      await Promise.all(sessions.map((session) => session.close()));
      stopCommits();
    },
  };
}

/** Outcomes reach their devices as their commits become durable, in the same poke as what they changed (SY20). */
function answerDevices(directory: DeviceDirectory, { version, records }: Commit): void {
  for (const record of records) {
    const deviceId = deviceOfOutcome(record);
    const session = deviceId === undefined ? undefined : directory.find(deviceId)?.session;
    if (session && record.text !== null) {
      const { outcome } = parseKeptOutcome(record.text);
      session.onOutcome(version, outcome, record.text.length);
    }
  }
}
