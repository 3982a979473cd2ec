/** A deployment in memory with clients whose every message can be looked at; for the tests of `sync` only. */
import {
  chainStart,
  defineSchema,
  defineTable,
  hexOfBytes,
  lensToJson,
  parseServerMessage,
  schemaHash,
  schemaToJson,
  v,
} from "bothy/internal";
import type {
  ClientMessage,
  Hello,
  Outcome,
  Poke,
  PokeHeader,
  PushedMutation,
  Schema,
  ServerMessage,
} from "bothy/internal";
import { openAuth, withSystemTables } from "../auth/index.ts";
import type { Auth } from "../auth/index.ts";
import { createManualClock, createMemoryDisk, createSeededRandom, createSystemClock } from "../base/index.ts";
import type { ManualClock, MemoryDisk, Socket, World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import type { Engine } from "../engine/index.ts";
import { openLive } from "../live/index.ts";
import type { Live } from "../live/index.ts";
import { openSkew } from "../skew/index.ts";
import type { AppVersion, Skew } from "../skew/index.ts";
import type { SyncLimits } from "./limits.ts";
import { openSync } from "./open-sync.ts";
import type { Sync } from "./open-sync.ts";
import { createTestPool } from "./test-functions.ts";
import type { TestFunction, TestPool } from "./test-functions.ts";

export type Incoming = Poke | Exclude<ServerMessage, PokeHeader>;

export const testSchema = defineSchema({
  notes: defineTable({ room: v.string(), rank: v.number(), body: v.string() })
    .index("by_room", ["room", "rank"])
    .projection("place", ["room", "rank"])
    .projection("door", ["room"]),
  members: defineTable({ user: v.string(), room: v.string() }).index("by_user", ["user"]),
});

/** An app by a hash of its own. */
export function appOf(hash: string, schema: Schema): AppVersion {
  const lenses = Object.values(schema.tables).flatMap(({ name, lens }) => (lens ? [[name, lensToJson(lens)]] : []));
  return { schema: { hash, json: schemaToJson(schema), lenses: Object.fromEntries(lenses) }, mutations: [] };
}

export interface TestDeployment {
  readonly engine: Engine;
  readonly world: World;
  readonly clock: ManualClock;
  readonly disk: MemoryDisk;
  readonly pool: TestPool;
  readonly live: Live;
  readonly auth: Auth;
  readonly sync: Sync;
  readonly skew: Skew;
  connect(): TestClient;
  close(): Promise<void>;
}

// Turns of the real event loop, in which threads that sign and verify answer.
const realClock = createSystemClock();

/** Resolves once something is so; for what takes turns of the event loop that nobody can count. */
export async function until(condition: () => boolean): Promise<void> {
  // Real time only says when to give up.
  const giveUpMs = realClock.monotonicMs() + 4_000;
  while (realClock.monotonicMs() < giveUpMs) {
    if (condition()) return;
    await new Promise<void>((resolve) => realClock.soon(resolve));
  }
  throw new Error("what was waited for did not happen");
}

/** Resolves once everything that was started has had its turns. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise<void>((resolve) => realClock.soon(resolve));
}

export function createTestWorld(disk: MemoryDisk, seed = 1): World & { readonly clock: ManualClock } {
  const nothing = (): never => {
    throw new Error("a test has no network and no processes");
  };
  return {
    clock: createManualClock(),
    random: createSeededRandom(seed),
    disk,
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    die: nothing,
  };
}

export async function openTestDeployment(
  functions: Readonly<Record<string, TestFunction>>,
  options: {
    readonly disk?: MemoryDisk;
    readonly limits?: Partial<SyncLimits>;
    readonly seed?: number;
    /** How long the books remember. */
    readonly horizonMs?: number;
    /** Another schema than that of the tests, under its own hash. */
    readonly schema?: Schema;
    readonly supportMs?: number;
    /** It is one of `bothy dev`. */
    readonly isDev?: boolean;
    /** What is logged as a warning. */
    readonly onWarning?: (text: string, fields: object | undefined) => void;
    /** How others get their turn; as microtasks, unless a test looks at who waits for whom. */
    readonly soon?: (task: () => void) => void;
  } = {},
): Promise<TestDeployment> {
  const disk = options.disk ?? createMemoryDisk();
  const quiet = createTestWorld(disk, options.seed);
  const { onWarning } = options;
  const made = onWarning === undefined ? quiet : { ...quiet, log: { ...quiet.log, warn: onWarning } };
  const world = options.soon === undefined ? made : { ...made, clock: { ...made.clock, soon: options.soon } };
  const schema = options.schema ?? testSchema;
  const engine = await openEngine({
    world,
    folder: "/folder",
    schema: withSystemTables(schema),
    store: "memory",
    ...(options.horizonMs !== undefined && { bookLimits: { horizonMs: options.horizonMs } }),
  });
  const pool = createTestPool(engine, functions);
  const auth = await openAuth({ world, engine, folder: "/folder" });
  const live = openLive({ world, engine, pool });
  const app = appOf(schema === testSchema ? "schema" : schemaHash(schema), schema);
  const skew = openSkew({
    world,
    engine,
    app,
    ...(options.supportMs !== undefined && { supportMs: options.supportMs }),
  });
  const sync = openSync({
    world,
    engine,
    pool,
    live,
    auth,
    skew,
    ...(options.isDev === true && { isDev: true }),
    ...(options.limits && { limits: options.limits }),
  });
  return {
    engine,
    world,
    clock: world.clock,
    disk,
    pool,
    live,
    auth,
    sync,
    skew,
    connect: () => {
      const client = new TestClient();
      sync.connect(client.socket);
      return client;
    },
    close: async () => {
      await sync.close();
      skew.close();
      live.close();
      await engine.close();
    },
  };
}

const decoder = new TextDecoder();

/** The far end of a socket. */
export class TestClient {
  /** What arrived, as it was given to the socket. */
  readonly raw: (string | Uint8Array)[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  bufferedBytes = 0;
  /** False while the deployment leaves what this client sends unread. */
  isRead = true;
  #onMessage: (text: string) => void = () => undefined;
  #onClose: (code: number) => void = () => undefined;
  #onDrain: () => void = () => undefined;
  #read = 0;

  readonly socket: Socket = this.#createSocket();

  get messages(): readonly Incoming[] {
    return this.raw.map((text) => parseServerMessage(typeof text === "string" ? text : decoder.decode(text)));
  }

  get pokes(): readonly Poke[] {
    return this.messages.filter((message) => message.type === "poke");
  }

  get outcomes(): readonly Outcome[] {
    return this.pokes.flatMap(({ header }) => header.outcomes ?? []);
  }

  /** The messages since this was last asked. */
  take(): readonly Incoming[] {
    const messages = this.messages.slice(this.#read);
    this.#read = this.raw.length;
    return messages;
  }

  takePokes(): readonly Poke[] {
    return this.take().filter((message) => message.type === "poke");
  }

  get error(): string | undefined {
    return this.messages.find((message) => message.type === "error")?.error.code;
  }

  send(message: ClientMessage): void {
    this.#onMessage(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.#onMessage(text);
  }

  /** The client reads everything. */
  drain(): void {
    this.bufferedBytes = 0;
    this.#onDrain();
  }

  disconnect(): void {
    this.#onClose(1006);
  }

  #createSocket(): Socket {
    const readBufferedBytes = (): number => this.bufferedBytes;
    return {
      remoteAddress: "test",
      get bufferedBytes() {
        return readBufferedBytes();
      },
      send: (text) => {
        if (this.closed) throw new Error("nothing is sent after the end");
        this.raw.push(text);
      },
      close: (code, reason) => {
        this.closed ??= { code, reason };
      },
      setReading: (isReading) => {
        this.isRead = isReading;
      },
      onMessage: (listener) => {
        this.#onMessage = listener;
      },
      onClose: (listener) => {
        const earlier = this.#onClose;
        this.#onClose = (code) => {
          earlier(code);
          listener(code);
        };
      },
      onDrain: (listener) => {
        this.#onDrain = listener;
      },
    };
  }
}

/** The value of the last outcome, which is an id or nothing. */
export function lastValue({ outcomes }: TestClient): string {
  const value = outcomes.at(-1)?.[2];
  return typeof value === "string" ? value : "";
}

/** A device of a test: what a real one keeps. */
export interface TestDevice {
  readonly id: string;
  readonly key: string;
  token?: string;
  fence: number;
}

let deviceCount = 0;

export function newDevice(): TestDevice {
  const number = (++deviceCount).toString(16);
  return { id: number.padStart(32, "0"), key: number.padStart(64, "a"), fence: 0 };
}

export function helloOf(device: TestDevice, more: Partial<Hello> = {}): Hello {
  const { id, key, token, fence } = device;
  return {
    type: "hello",
    protocol: 1,
    schema: "schema",
    ...(token === undefined ? {} : { token }),
    device: { id, key, fence, start: 0, startChain: chainStart },
    acked: 0,
    chain: chainStart,
    ...more,
  };
}

/** Connects a device and waits until it was poked for the first time. */
export async function connectDevice(
  deployment: TestDeployment,
  device: TestDevice = newDevice(),
  more: Partial<Hello> = {},
): Promise<{ readonly client: TestClient; readonly device: TestDevice; readonly userId: string }> {
  const client = deployment.connect();
  client.send(helloOf(device, more));
  await until(() => client.closed !== undefined || client.pokes.some(({ header }) => header.more !== true));
  await settle();
  const welcome = client.messages.find((message) => message.type === "welcome");
  if (welcome?.token !== undefined) device.token = welcome.token;
  return { client, device, userId: welcome?.identity.subject ?? "" };
}

export function nonceOf(text: string): string {
  return hexOfBytes(new TextEncoder().encode(text)).padEnd(32, "0").slice(0, 32);
}

export function mutation(
  n: number,
  name: string,
  args: PushedMutation["args"],
  more: Partial<PushedMutation> = {},
): PushedMutation {
  return { n, nonce: nonceOf(`nonce ${n}`), name, version: "1", args, time: 1_000 + n, ...more };
}
