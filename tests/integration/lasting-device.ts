import { randomBytes } from "node:crypto";
import {
  chainNext,
  chainStart,
  collectFunctions,
  functionVersion,
  parseServerMessage,
  protocolVersion,
  schemaHash,
} from "bothy/internal";
import type {
  Document,
  Hello,
  Json,
  Outcome,
  PokeHeader,
  PushedMutation,
  ServerMessage,
  Welcome,
} from "bothy/internal";
import { DeviceModel } from "bothy-server/testing";
import WebSocket from "ws";
import * as counters from "../app/bothy/counters.ts";
import schema from "../app/bothy/schema.ts";
import * as server from "../app/bothy/server.ts";
import * as messages from "../app/bothy/shared/messages.ts";
import * as rooms from "../app/bothy/shared/rooms.ts";

/** A message as it arrived: pokes with their chunks. */
export type Frame = ReturnType<typeof parseServerMessage>;

const functions = collectFunctions({ counters, server, "shared/messages": messages, "shared/rooms": rooms });
const appSchemaHash = schemaHash(schema);

/**
 * A device of the test app that outlives its sockets and its deployments: it speaks the protocol itself, keeps what a
 * real one keeps (id, key, token, outbox, rows, cursor), sends again what has no outcome, and holds its rows
 * in a model that finds what a deployment may not send. Every frame is kept, so that tests can look at the wire.
 */
export class LastingDevice {
  readonly id: string = hex(16);
  readonly key: string = hex(32);
  /** Every frame of every socket, in order. */
  readonly frames: Frame[] = [];
  readonly held: DeviceModel = new DeviceModel(schema);
  readonly outcomes: Map<number, Outcome> = new Map();
  /** Outcomes that said something else than the first one for their number. */
  readonly contradictions: string[] = [];
  welcome: Welcome | undefined;
  /** How the last socket ended. */
  closed: { readonly code: number; readonly reason: string } | undefined;
  fence = 0;
  token: string | undefined;
  #socket: WebSocket | undefined;
  readonly #entries: PushedMutation[] = [];
  #waiters: (() => void)[] = [];

  /** Opens a socket, says hello, sends again what has no outcome or was forgotten; resolves after the first poke. */
  async connect(url: string, more: Partial<Hello> = {}): Promise<Welcome> {
    this.fence += 1;
    this.closed = undefined;
    this.welcome = undefined;
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/sync`, { perMessageDeflate: false });
    this.#socket = socket;
    const known = this.held.connect();
    socket.on("message", (bytes: Buffer) => this.#receive(socket, bytes.toString()));
    socket.on("close", (code, reason) => {
      if (socket === this.#socket) this.closed = { code, reason: reason.toString() };
      this.#wake();
    });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    // Cut while a server is killed: what matters is told by "close".
    socket.on("error", () => undefined);
    socket.send(JSON.stringify({ ...this.#hello(), ...known, ...more }));
    await this.until(() => this.closed !== undefined || (this.welcome !== undefined && this.held.at > 0));
    if (this.welcome === undefined) throw new Error(`no welcome: ${JSON.stringify(this.frames.at(-1))}`);
    return this.welcome;
  }

  /** Queues a mutation, sends it if there is a socket, and resolves with its outcome, on whatever socket that comes. */
  async mutate(name: string, args: Json): Promise<Outcome> {
    const n = this.queue(name, args);
    await this.until(() => this.outcomes.has(n));
    return this.outcomes.get(n) ?? [n, "expired"];
  }

  /** Queues a mutation and sends it if there is a socket; returns its number. */
  queue(name: string, args: Json): number {
    const declared = functions.get(name);
    if (!declared) throw new Error(`no function ${name}`);
    const n = this.#entries.length + 1;
    const entry = { n, nonce: hex(16), name, version: functionVersion(name, declared), args, time: Date.now() };
    this.#entries.push(entry);
    if (this.welcome !== undefined && this.closed === undefined) this.#push([entry]);
    return n;
  }

  /** Pushes an entry once more, as after an answer that was lost. */
  pushAgain(n: number, change: Partial<PushedMutation> = {}): void {
    this.#push(this.#entries.filter((entry) => entry.n === n).map((entry) => ({ ...entry, ...change })));
  }

  sendText(text: string): void {
    this.#socket?.send(text);
  }

  /** Ends the socket without a word. */
  disconnect(): void {
    this.#socket?.terminate();
    this.closed ??= { code: 1006, reason: "" };
  }

  /** Stops or goes on reading what arrives. */
  setReading(isReading: boolean): void {
    if (isReading) this.#socket?.resume();
    else this.#socket?.pause();
  }

  /** Resolves once something is so; asked again after every message. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  /** The held documents of a table. */
  documents(table: string): Document[] {
    return [...this.held.rows.values()].filter((row) => row.table === table).map(({ document }) => document);
  }

  /** The bodies of the held messages of a room, sorted. */
  bodies(room: string): string[] {
    return this.documents("messages")
      .filter((message) => message["room"] === room)
      .map((message) => textOf(message["body"]))
      .toSorted();
  }

  /** The frames since a place in `frames`, pings left out. */
  framesFrom(at: number): Frame[] {
    return this.frames.slice(at).filter(({ type }) => type !== "ping");
  }

  #hello(): Hello {
    const acked = this.#acked();
    return {
      type: "hello",
      protocol: protocolVersion,
      schema: appSchemaHash,
      ...(this.token === undefined ? {} : { token: this.token }),
      device: { id: this.id, key: this.key, fence: this.fence, start: 0, startChain: chainStart },
      acked,
      chain: this.#chain(acked),
    };
  }

  #acked(): number {
    let n = 0;
    while (this.outcomes.has(n + 1)) n += 1;
    return n;
  }

  #chain(n: number): string {
    return this.#entries.slice(0, n).reduce((chain, { nonce }) => chainNext(chain, nonce), chainStart);
  }

  #receive(socket: WebSocket, text: string): void {
    if (socket !== this.#socket) return;
    const message = parseServerMessage(text);
    this.frames.push(message);
    if (message.type === "ping") socket.send('{"type":"pong"}');
    if (message.type === "welcome") this.#welcomed(message);
    if (message.type === "cursor") this.held.keepCursor(message);
    if (message.type === "poke") {
      this.held.take(message);
      for (const outcome of message.header.outcomes ?? []) this.#took(outcome);
    }
    this.#wake();
  }

  #welcomed(welcome: Welcome): void {
    this.welcome = welcome;
    this.held.welcome(welcome);
    this.token = welcome.token ?? this.token;
    const { n, chain } = welcome.device;
    if (n > this.#entries.length || chain !== this.#chain(n)) throw new Error("the record is of another history");
    const acked = this.#acked();
    const entries = this.#entries.filter((entry) => entry.n > Math.min(n, acked));
    this.#push(entries.map((entry) => (entry.n <= acked ? { ...entry, again: true as const } : entry)));
  }

  #took(outcome: Outcome): void {
    const first = this.outcomes.get(outcome[0]);
    if (first === undefined) this.outcomes.set(outcome[0], outcome);
    else if (JSON.stringify(first) !== JSON.stringify(outcome)) {
      this.contradictions.push(`${JSON.stringify(first)}, then ${JSON.stringify(outcome)}`);
    }
  }

  #push(mutations: readonly PushedMutation[]): void {
    if (mutations.length > 0) this.#socket?.send(JSON.stringify({ type: "push", mutations }));
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

/** The headers of the pokes among some frames. */
export function pokeHeaders(frames: readonly Frame[]): PokeHeader[] {
  return frames.flatMap((frame) => (frame.type === "poke" ? [frame.header] : []));
}

/** The rows that some frames carry, as their documents. */
export function rowsSent(frames: readonly Frame[]): Json[] {
  return frames.flatMap((frame) =>
    frame.type === "poke" ? frame.chunks.flatMap(([, rows]) => rows.map(([, document]) => document)) : [],
  );
}

/** The last frame of a kind among some. */
export function lastOf<Kind extends ServerMessage["type"]>(frames: readonly Frame[], kind: Kind) {
  return frames.findLast((frame): frame is Extract<Frame, { readonly type: Kind }> => frame.type === kind);
}

/** A value that is a string. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw new Error(`no text: ${JSON.stringify(value)}`);
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
