// The front end of the app of the suites: no screen, only a client that a test drives from outside.

import { createClient, type BothyClient } from "bothy/client";
import { openIndexedDbStorage } from "bothy/storage/indexeddb";
import type { Id } from "../../app/bothy/_generated/dataModel.js";
import { api } from "../../app/bothy/_generated/api.js";
import { app } from "../../app/bothy/_generated/client.js";

/** What a test finds on `window.stage`. */
export interface Stage {
  readonly client: BothyClient;
  /** Bodies in the order in which their call became durable here, and in which the deployment applied them. */
  readonly local: string[];
  readonly server: string[];
  /** Codes or kinds of errors by body. */
  readonly refused: Record<string, string>;
  /** Sends messages one after the other without waiting; resolves when all are durable here. */
  send(room: string, bodies: readonly string[]): Promise<void>;
  /** Changes the body of a message that the page shows; false if it shows none such. Resolves when that is durable here. */
  edit(room: string, from: string, to: string): Promise<boolean>;
  /** Closes a message that the page shows, and removes one; resolves when that is durable here. */
  close(room: string, body: string): Promise<void>;
  remove(room: string, body: string): Promise<void>;
  /** The messages of a room as they are, once the page shows them. */
  rows(room: string): Promise<readonly unknown[]>;
  /** The count of a room as the server told it last; watched from the first call on. */
  count(room: string): { readonly value: number | undefined; readonly status: string };
  join(room: string): Promise<void>;
  leave(room: string): Promise<void>;
  /** What the page shows of a room, in order; watched from the first call on. */
  room(room: string): Shown;
  /** Every state that was shown of a watched room. */
  readonly history: Record<string, string[][]>;
}

export interface Shown {
  readonly bodies: readonly string[];
  readonly isComplete: boolean;
  readonly status: string;
}

declare global {
  interface Window {
    readonly stage: Stage;
  }
}

const client = createClient({ app, url: location.origin, storage: openIndexedDbStorage("stage") });
const local: string[] = [];
const server: string[] = [];
const refused: Record<string, string> = {};
const history: Record<string, string[][]> = {};
const shown = new Map<string, Shown>();
const counted = new Map<string, { readonly value: number | undefined; readonly status: string }>();

function watch(room: string): void {
  if (shown.has(room)) return;
  history[room] = [];
  client.watch(api.shared.messages.list, { room }, ({ value, complete, status }) => {
    const bodies = (value ?? []).map(({ body }) => body);
    shown.set(room, { bodies, isComplete: complete, status });
    history[room]?.push(bodies);
  });
}

function messageOf(room: string, body: string): Id<"messages"> {
  const message = client.query(api.shared.messages.list, { room }).result.value?.find((one) => one.body === body);
  if (message === undefined) throw new Error(`The page shows no "${body}".`);
  return message._id;
}

const stage: Stage = {
  client,
  local,
  server,
  refused,
  history,
  async send(room, bodies) {
    const note = (body: string) => (error: unknown) => {
      refused[body] =
        typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
    };
    await Promise.all(
      bodies.map((body) => {
        const promises = client.mutate(api.shared.messages.send, { room, body });
        promises.server.then(() => server.push(body), note(body));
        return promises.local.then(() => void local.push(body));
      }),
    );
  },
  async edit(room, from, to) {
    const message = client.query(api.shared.messages.list, { room }).result.value?.find(({ body }) => body === from);
    if (message === undefined) return false;
    await client.mutate(api.shared.messages.edit, { id: message._id, body: to }).local;
    return true;
  },
  async close(room, body) {
    await client.mutate(api.shared.messages.close, { id: messageOf(room, body) }).local;
  },
  async remove(room, body) {
    await client.mutate(api.shared.messages.remove, { id: messageOf(room, body) }).local;
  },
  rows: (room) =>
    new Promise((resolve) => {
      const stop = client.watch(api.shared.messages.list, { room }, ({ value }) => {
        if (value === undefined) return;
        resolve(value);
        void Promise.resolve().then(() => stop());
      });
    }),
  count(room) {
    if (!counted.has(room)) {
      client.watch(api.server.countMessages, { room }, ({ value, status }) => counted.set(room, { value, status }));
    }
    return counted.get(room) ?? { value: undefined, status: "loading" };
  },
  join: (room) => client.mutate(api.shared.rooms.join, { room }).local,
  leave: (room) => client.mutate(api.shared.rooms.leave, { room }).local,
  room(room) {
    watch(room);
    return shown.get(room) ?? { bodies: [], isComplete: false, status: "loading" };
  },
};

Object.assign(window, { stage });
