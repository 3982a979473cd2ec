import { createClient } from "bothy/client";
import type { BothyClient, QueryView, ScopeHold } from "bothy/client";
import { openMemoryStorage } from "bothy/storage/memory";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { api } from "../app/bothy/_generated/api.js";
import { app } from "../app/bothy/_generated/client.js";
import { startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";

let deployment: Deployment;
const clients: BothyClient[] = [];

beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await deployment.stop();
});

function openClient(): BothyClient {
  const client = createClient({
    url: deployment.url,
    app,
    storage: openMemoryStorage(),
    // `ws` offers what browsers do, with types of its own.
    webSocket: WebSocket as unknown as new (url: string) => globalThis.WebSocket,
  });
  clients.push(client);
  return client;
}

/** Resolves once a query shows what is wanted. */
function shows<Value>(view: QueryView<Value>, isWanted: (value: Value) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = view.subscribe(look);
    function look(): void {
      const { value } = view.result;
      if (value === undefined || !isWanted(value)) return;
      stop();
      resolve();
    }
    look();
  });
}

test("a client outside a browser takes a constructor for sockets and sees another client's change", async () => {
  const [writer, reader] = [openClient(), openClient()];
  await Promise.all([writer, reader].map((client) => client.mutate(api.shared.rooms.join, { room: "node" }).server));
  const view = reader.query(api.shared.messages.list, { room: "node" });
  await writer.mutate(api.shared.messages.send, { room: "node", body: "hello" }).server;
  await shows(view, (messages) => messages.length === 1);
  expect(view.result).toMatchObject({ complete: true, status: "ok", value: [{ body: "hello" }] });
});

test("[SY26] a mutation and a query that are not shared run on the server, once each time, and the result follows the data", async () => {
  const client = openClient();
  await client.mutate(api.shared.rooms.join, { room: "counted" }).server;
  const view = client.query(api.server.countMessages, { room: "counted" });
  await shows(view, (count) => count === 0);
  await client.mutate(api.shared.messages.send, { room: "counted", body: "one" }).server;
  await shows(view, (count) => count === 1);
  const results = await Promise.all([1, 2, 3].map(() => client.mutate(api.server.count, { name: "clicks" }).server));
  expect(results).toEqual([1, 2, 3]);
});

test("[SY19] what the function of an app refuses comes back as its error, with its data", async () => {
  const client = openClient();
  const { local, server } = client.mutate(api.shared.rooms.refuse, { why: "no" });
  await expect(Promise.all([local, server])).rejects.toMatchObject({ data: { kind: "refused", why: "no" } });
  await expect(server).rejects.toMatchObject({ data: { kind: "refused" } });
  expect(client.rejected.value).toEqual([]);
});

/** Resolves once a hold stands as wanted. */
function stands(hold: ScopeHold, state: ScopeHold["state"]): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (hold.state !== state) return;
      stop();
      resolve();
    };
    const stop = hold.subscribe(look);
    look();
  });
}

test("[CL16] [FN25] a scope with arguments is held on demand, typed by the app, and let go of by what it says of the time", async () => {
  const [writer, reader] = [openClient(), openClient()];
  await writer.mutate(api.shared.rooms.join, { room: "shown" }).server;
  await writer.mutate(api.shared.messages.send, { room: "shown", body: "hello" }).server;
  const view = reader.query(api.shared.messages.list, { room: "shown" });
  const hold = reader.hold(api.scopes.room, { room: "shown" });
  await stands(hold, "held");
  await shows(view, (messages) => messages.length === 1);
  await writer.mutate(api.shared.messages.send, { room: "shown", body: "again" }).server;
  await shows(view, (messages) => messages.length === 2);
  // @ts-expect-error: a number is no room, and the server says so too
  const wrong = reader.hold(api.scopes.room, { room: 5 });
  await stands(wrong, "failed");
  expect(wrong.error).toMatchObject({ code: "arguments_invalid" });
  wrong.release();

  const timed = openClient();
  const seen = timed.query(api.shared.messages.list, { room: "shown" });
  const heard: number[] = [];
  seen.subscribe(() => heard.push(seen.result.value?.length ?? 0));
  const holdFor = timed.hold(api.scopes.roomFor, { room: "shown", fromMs: Date.now(), forMs: 5_000 });
  await stands(holdFor, "held");
  await shows(seen, (messages) => messages.length === 2);
  await shows(seen, (messages) => messages.length === 0);
  expect(heard.at(-1)).toBe(0);
});
