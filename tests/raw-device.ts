import { randomBytes } from "node:crypto";
import { chainNext, chainStart, collectFunctions, functionVersion, protocolVersion, schemaHash } from "bothy/internal";
import type { Hello, HelloCursor, Json, Outcome, PushedMutation, Welcome } from "bothy/internal";
import * as histories from "./app/bothy/histories.ts";
import { DeviceModel } from "bothy-server/testing";
import type { ModelRow } from "bothy-server/testing";
import * as hostile from "./app/bothy/hostile.ts";
import schema from "./app/bothy/schema.ts";
import * as scopes from "./app/bothy/scopes.ts";
import * as server from "./app/bothy/server.ts";
import * as messages from "./app/bothy/shared/messages.ts";
import * as rooms from "./app/bothy/shared/rooms.ts";
import { openSocket } from "./raw-socket.ts";
import type { RawSocket, Received } from "./raw-socket.ts";

/** What a device of the test app keeps from one socket to the next; the tests may change it behind its back. */
export interface RawProfile {
  readonly id: string;
  readonly key: string;
  fence: number;
  token?: string;
  server?: string;
  epoch?: string;
  /** Number of the last mutation that it has made. */
  n: number;
  /** Number of the last mutation whose outcome it knows, and the nonce chain up to it. */
  acked: number;
  chain: string;
  /** Mutations without an outcome, in order. */
  outbox: PushedMutation[];
  cursor?: HelloCursor;
  /** What it held when it was told the cursor. */
  held?: DeviceModel;
}

/** A device that speaks the protocol and runs nothing itself. */
export interface RawDevice {
  readonly profile: RawProfile;
  readonly socket: RawSocket;
  readonly welcome: Welcome;
  /** Makes a mutation and pushes it; resolves with its outcome. `changes` replace what an honest device would send. */
  mutate(name: string, args: Json, changes?: Partial<PushedMutation>): Promise<Outcome>;
  /** Pushes what has no outcome yet; resolves with the outcomes in order. */
  pushOutbox(): Promise<readonly Outcome[]>;
  /** The rows that it holds of a table, by id. */
  rows(table: string): readonly ModelRow[];
  /** Resolves as soon as what it holds fits, after a whole poke. */
  until(fits: () => boolean): Promise<void>;
  close(): void;
}

/** The hash of the test app's schema. */
export const testSchemaHash: string = schemaHash(schema);

const functions = collectFunctions({
  histories,
  hostile,
  scopes,
  server,
  "shared/messages": messages,
  "shared/rooms": rooms,
});

/** The version of a function of the test app, or some text for a name that it does not have. */
export function versionOf(name: string): string {
  const declared = functions.get(name);
  return declared === undefined ? "unknown" : functionVersion(name, declared);
}

/** A number of random bytes as hex digits. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

/** A device that was never seen before. */
export function newProfile(): RawProfile {
  return {
    id: randomHex(16),
    key: randomHex(32),
    fence: 0,
    n: 0,
    acked: 0,
    chain: chainStart,
    outbox: [],
  };
}

/** The profile of a device that was copied, as a backup of a disk does. */
export function copyProfile({ held, ...rest }: RawProfile): RawProfile {
  return { ...structuredClone(rest), ...(held === undefined ? {} : { held: held.clone() }) };
}

/** What a device says first. */
export function helloOf(profile: RawProfile): Hello {
  const { id, key, fence, token, server: deployment, epoch, acked, chain, cursor } = profile;
  return {
    type: "hello",
    protocol: protocolVersion,
    schema: testSchemaHash,
    ...(token === undefined ? {} : { token }),
    device: { id, key, fence, start: acked, startChain: chain },
    acked,
    chain,
    ...(deployment === undefined ? {} : { server: deployment }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** The next mutation of a device, as an honest one would make it. */
export function nextMutation(profile: RawProfile, name: string, args: Json): PushedMutation {
  return { n: profile.n + 1, nonce: randomHex(16), name, version: versionOf(name), args, time: Date.now() };
}

/** Connects a device; resolves after the first whole poke. Rejects with `SocketEnded` if the deployment refuses it. */
export async function openDevice(
  url: string,
  profile = newProfile(),
  changes: Partial<Hello> = {},
): Promise<RawDevice> {
  const socket = await openSocket(url);
  profile.fence += 1;
  const model = profile.held?.clone() ?? new DeviceModel(schema);
  model.connect();
  const waiting = new Map<number, (outcome: Outcome) => void>();
  const changed = new Set<() => void>();
  const firstPoke = new Promise<void>((resolve) => {
    socket.onMessage((message) => {
      model.receive(message);
      if (message.type === "cursor") keepCursor(profile, model);
      if (message.type !== "poke") return;
      for (const outcome of message.header.outcomes ?? []) settle(profile, waiting, outcome);
      if (message.header.more === true) return;
      for (const look of changed) look();
      resolve();
    });
  });
  socket.sendMessage({ ...helloOf(profile), ...changes });
  const welcome = await socket.find(isWelcome);
  const { token } = welcome;
  Object.assign(profile, { server: welcome.server, epoch: welcome.epoch }, token === undefined ? {} : { token });
  await Promise.race([firstPoke, socket.ended]);
  const push = (mutations: readonly PushedMutation[]): Promise<readonly Outcome[]> => {
    const outcomes = mutations.map(({ n }) => outcomeOf(socket, waiting, n));
    socket.sendMessage({ type: "push", mutations });
    return Promise.all(outcomes);
  };
  return {
    profile,
    socket,
    welcome,
    mutate: async (name, args, mutationChanges = {}) => {
      const mutation = { ...nextMutation(profile, name, args), ...mutationChanges };
      profile.n = Math.max(profile.n, mutation.n);
      profile.outbox.push(mutation);
      const [outcome] = await push([mutation]);
      if (outcome === undefined) throw new Error("One mutation has one outcome.");
      return outcome;
    },
    pushOutbox: () => push(profile.outbox),
    rows: (table) => [...model.rows.values()].filter((row) => row.table === table),
    until: (fits) => untilFits(socket, changed, fits),
    close: () => socket.close(),
  };
}

function isWelcome(message: Received): message is Welcome {
  return message.type === "welcome";
}

/** The promise is settled by the poke that carries the outcome, or by the end of the socket. */
function outcomeOf(socket: RawSocket, waiting: Map<number, (outcome: Outcome) => void>, n: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    waiting.set(n, resolve);
    void socket.ended.then(({ closeCode, errorCode }) => {
      reject(
        new Error(
          `The socket ended (${closeCode}, ${errorCode ?? "no error was told"}) before mutation ${n} had an outcome.`,
        ),
      );
    });
  });
}

function settle(profile: RawProfile, waiting: Map<number, (outcome: Outcome) => void>, outcome: Outcome): void {
  const [n] = outcome;
  const mutation = profile.outbox.find((one) => one.n === n);
  if (mutation !== undefined && n === profile.acked + 1) {
    profile.acked = n;
    profile.chain = chainNext(profile.chain, mutation.nonce);
  }
  profile.outbox = profile.outbox.filter((one) => one.n !== n);
  waiting.get(n)?.(outcome);
  waiting.delete(n);
}

/** What a device that is ended now finds when it starts again. */
function keepCursor(profile: RawProfile, model: DeviceModel): void {
  profile.held = model.clone();
  if (model.cursor !== undefined) profile.cursor = model.cursor;
}

function untilFits(socket: RawSocket, changed: Set<() => void>, fits: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!fits()) return;
      changed.delete(look);
      resolve();
    };
    changed.add(look);
    void socket.ended.then(() => reject(new Error("The socket ended before the device held what was waited for.")));
    look();
  });
}
