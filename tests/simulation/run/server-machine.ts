import { isBothyError } from "bothy/internal";
import { openAuth, withSystemTables } from "../../../packages/bothy-server/src/auth/index.ts";
import type { Socket, World } from "../../../packages/bothy-server/src/base/index.ts";
import { openEngine, type Engine } from "../../../packages/bothy-server/src/engine/index.ts";
import { openLive } from "../../../packages/bothy-server/src/live/index.ts";
import { openFunctionPool, type FunctionPool } from "../../../packages/bothy-server/src/runtime/index.ts";
import { appVersionOf, openSkew } from "../../../packages/bothy-server/src/skew/index.ts";
import { openSync } from "../../../packages/bothy-server/src/sync/index.ts";
import { appBundle, nextAppBundle } from "../app/app.ts";
import type { Chance } from "../world/chance.ts";
import { SimulatedDisk, type DiskFault, type DiskTemper } from "../world/simulated-disk.ts";
import { SimulatedProcesses, type LineTap } from "../world/simulated-processes.ts";
import type { SimulatedNetwork } from "../world/simulated-network.ts";
import type { Life, Universe } from "../world/universe.ts";
import type { RunOptions } from "./options.ts";

/** What the server's machine stands in. */
export interface MachineParts {
  readonly universe: Universe;
  readonly options: RunOptions;
  readonly network: SimulatedNetwork;
  readonly tap: LineTap;
  /** Told of each server that is open, before anybody can reach it. */
  readonly onOpen: (server: OpenServer) => void;
  /** Told when a server is about to end in the middle of writing. */
  readonly onEnding: () => void;
  /** What a server says to its log at warning and above. */
  readonly onLog: (text: string) => void;
}

/** A server that answers. */
export interface OpenServer {
  readonly life: Life;
  readonly world: World;
  readonly engine: Engine;
  readonly pool: FunctionPool;
  readonly processes: SimulatedProcesses;
  close(): Promise<void>;
}

const startMs = 1_767_225_600_000;
const folder = "/data";

/** More starts than the faults of any run ask for: no server stays. */
const startsMax = 60;

/** The server's machine: a disk that lasts, and one server process after another on it. */
export class ServerMachine {
  readonly disk: SimulatedDisk;
  readonly #parts: MachineParts;
  readonly #chance: Chance;
  #life: Life | undefined;
  #processes: SimulatedProcesses | undefined;
  #server: OpenServer | undefined;
  #started = 0;
  /** The fault that the next sync or append has. */
  nextDiskFault: { readonly kind: "append" | "sync"; readonly fault: DiskFault } | undefined;
  /** How the server ends while it writes to the log the next time. */
  endsWriting: "process" | "power" | undefined;
  clockOffsetMs = 0;
  /** The next version of the app has been put on this machine: servers that start from now on run it. */
  isUpgraded = false;
  /** A start that failed for no fault of the simulation. */
  startFailure: string | undefined;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.disk = new SimulatedDisk(parts.universe);
    this.#chance = parts.universe.chance.fork("server");
  }

  /** The server that answers now, if one does. */
  get server(): OpenServer | undefined {
    return this.#server;
  }

  get life(): Life | undefined {
    return this.#life;
  }

  get #app(): typeof appBundle | typeof nextAppBundle {
    return this.isUpgraded ? nextAppBundle : appBundle;
  }

  start(): void {
    if (this.#started >= startsMax) throw new Error(`${startsMax} servers were started, and none has stayed`);
    const life: Life = { name: `server${++this.#started}`, isAlive: true };
    this.#life = life;
    this.#parts.universe.note(`${life.name} starts`);
    void this.#open(life).catch((error: unknown) => {
      if (!life.isAlive) return;
      // A fault of the disk ends the start; anything else is no way for a server to begin.
      if (!isBothyError(error) || (error.code !== "disk_failed" && error.code !== "disk_full"))
        this.startFailure ??= error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#parts.universe.note(`${life.name} could not start: ${String(error)}`);
      this.end("process");
    });
  }

  /** Ends the server at once and starts another after a while. */
  end(how: "process" | "power"): void {
    const life = this.#life;
    const { universe, network } = this.#parts;
    if (life?.isAlive) {
      universe.note(`${life.name} ends: ${how}`);
      life.isAlive = false;
      this.#processes?.endAll();
      network.listener = undefined;
      network.dropServer(how === "process" || universe.chance.happens(0.5));
      this.#server = undefined;
    }
    if (how === "power") this.disk.losePower();
    else this.disk.endProcess();
    this.#restartLater(life);
  }

  /** Closes the server as a stop by its owner does, and starts another. */
  async restart(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#parts.universe.note(`${server.life.name} is closed`);
    await server.close();
    if (server.life.isAlive) this.end("process");
  }

  #restartLater(ended: Life | undefined): void {
    const { universe } = this.#parts;
    universe.after(universe.isHealed ? 1 : universe.chance.between(1, 300), "restart", () => {
      if (this.#life === ended) this.start();
    });
  }

  async #open(life: Life): Promise<void> {
    const { universe, options, network, onOpen } = this.#parts;
    const world = this.#worldOf(life);
    const schema = withSystemTables(this.#app.schema);
    const engine = await openEngine({
      world,
      folder,
      schema,
      store: "memory",
      segmentSizeBytes: options.segmentBytes,
    });
    const auth = await openAuth({ world, engine, folder });
    const processes = this.#processes;
    if (processes === undefined || !life.isAlive) return;
    const pool = await openFunctionPool({
      world,
      engine,
      bundlePath: "app",
      processes: options.functionProcesses,
      limits: { hotBytes: options.hotBytes, callsPerProcessMax: options.callsPerProcess },
    });
    const live = openLive({ world, engine, pool });
    const app = appVersionOf({ schema: this.#app.schema, functions: pool.functions.values(), lenses: {} });
    const skew = openSkew({ world, engine, app });
    const sync = openSync({
      world,
      engine,
      pool,
      live,
      auth,
      skew,
      limits: options.sync,
    });
    if (!life.isAlive) return;
    const close = async (): Promise<void> => {
      await sync.close();
      skew.close();
      live.close();
      await pool.close();
      await engine.close();
    };
    this.#server = { life, world, engine, pool, processes, close };
    universe.note(`${life.name} is open at version ${engine.version}`);
    onOpen(this.#server);
    network.listener = { life, accept: (socket: Socket) => sync.connect(socket) };
  }

  #worldOf(life: Life): World {
    const { universe, options, tap, onLog } = this.#parts;
    const processes = new SimulatedProcesses(life, {
      universe,
      delayMsMax: options.delays.pipe,
      exported: this.#app,
      tap,
    });
    this.#processes = processes;
    const temper: DiskTemper = {
      appendMsMax: options.delays.disk / 4,
      syncMsMax: options.delays.disk,
      onAppend: () => this.#endWriting(life),
      faultOf: (kind) => this.#takeFault(kind),
    };
    const nothing = (): never => {
      throw new Error("a simulated server has no other network");
    };
    return {
      clock: {
        nowMs: () => Math.floor(startMs + universe.nowMs + this.clockOffsetMs),
        monotonicMs: () => universe.nowMs,
        after: (delayMs, task) => universe.afterFor(life, delayMs, task),
        soon: (task) => void universe.afterFor(life, 0, task),
      },
      random: { bytes: (count) => this.#chance.bytes(count) },
      disk: this.disk.openFor(life, temper),
      network: { listen: nothing },
      processes,
      log: {
        debug: () => undefined,
        info: () => undefined,
        warn: (message, fields) => onLog(`${life.name} warns: ${message} ${textOf(fields)}`),
        error: (message, fields) => onLog(`${life.name} says: ${message} ${textOf(fields)}`),
      },
      die: (reason) => {
        universe.note(`${life.name} dies: ${reason}`);
        this.end("process");
        throw new Error(`${life.name} has died: ${reason}`);
      },
    };
  }

  #endWriting(life: Life): void {
    const { universe, options } = this.#parts;
    const how = this.endsWriting;
    if (how === undefined || universe.isHealed) return;
    this.endsWriting = undefined;
    this.#parts.onEnding();
    // In the append itself, or in the sync that follows.
    const longestMs = options.delays.disk * (universe.chance.happens(0.5) ? 0.2 : 1);
    universe.after(universe.chance.between(0, longestMs), "crash_writing", () => {
      if (life.isAlive && !universe.isHealed) this.end(how);
    });
  }

  #takeFault(kind: "append" | "sync"): DiskFault {
    const next = this.nextDiskFault;
    if (next === undefined || next.kind !== kind || this.#parts.universe.isHealed) return "none";
    this.nextDiskFault = undefined;
    this.#parts.universe.note(`the disk answers ${next.fault} to a ${kind}`);
    return next.fault;
  }
}

function textOf(fields: Readonly<Record<string, unknown>> | undefined): string {
  if (fields === undefined) return "";
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`)
    .join(" ");
}
