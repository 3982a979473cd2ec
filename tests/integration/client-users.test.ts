import { createClient } from "bothy/client";
import type { BothyClient } from "bothy/client";
import { createMemoryDisk, openMemoryStorage } from "bothy/storage/memory";
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

function openClient(url = deployment.url) {
  const disk = createMemoryDisk();
  const client = createClient({
    url,
    app,
    storage: openMemoryStorage(disk),
    // `ws` offers what browsers do, with types of its own.
    webSocket: WebSocket as unknown as new (url: string) => globalThis.WebSocket,
  });
  clients.push(client);
  const token = async (): Promise<string> => String(await openMemoryStorage(disk).get("meta", ["token"]));
  return { client, token };
}

const userOf = (client: BothyClient): string | undefined => client.status.value.identity?.tokenIdentifier;

test("[CL38] an anonymous user who signs in becomes that user in place: what waits goes out once, as theirs, and their rows come", async () => {
  const ben = openClient();
  await ben.client.mutate(api.shared.rooms.join, { room: "of ben" }).server;
  const { client } = openClient();
  await client.mutate(api.shared.rooms.join, { room: "anonymous" }).server;
  await client.mutate(api.shared.messages.send, { room: "anonymous", body: "sent before" }).server;
  const anonymous = userOf(client);
  expect(anonymous).not.toBe(userOf(ben.client));
  const waiting = [1, 2, 3].map((n) => client.mutate(api.shared.messages.send, { room: "of ben", body: `waits ${n}` }));
  await client.signIn(await ben.token());
  await expect.poll(() => userOf(client), { timeout: 20_000 }).toBe(userOf(ben.client));
  await Promise.allSettled(waiting.map(({ server }) => server));
  await expect.poll(() => client.outbox.value.length, { timeout: 20_000 }).toBe(0);
  const bodies = async (room: string): Promise<readonly string[]> =>
    ((await deployment.run("server:allMessages", { room })) as { readonly body: string }[]).map(({ body }) => body);
  const stored = await bodies("of ben");
  expect(new Set(stored).size).toBe(stored.length);
  expect(await bodies("anonymous")).toEqual(["sent before"]);
  // What Ben may see is here, and follows.
  await ben.client.mutate(api.shared.messages.send, { room: "of ben", body: "hello" }).server;
  const view = client.query(api.shared.messages.list, { room: "of ben" });
  const shown = (): unknown => view.result.value?.map(({ body }) => body);
  await expect.poll(shown, { timeout: 20_000 }).toContain("hello");
});

test("[CL36] [CL37] two users take turns on one device, and each finds what was kept", async () => {
  const { client } = openClient();
  await client.mutate(api.shared.rooms.join, { room: "turns" }).server;
  await client.mutate(api.shared.messages.send, { room: "turns", body: "of ann" }).server;
  const ann = userOf(client);
  const view = client.query(api.shared.messages.list, { room: "turns" });
  const shown = (): unknown => view.result.value?.map(({ body }) => body);
  await expect.poll(shown).toEqual(["of ann"]);
  await client.signOut({ keep: true });
  expect(shown() ?? []).toEqual([]);
  await client.mutate(api.shared.rooms.join, { room: "other" }).server;
  expect(userOf(client)).not.toBe(ann);
  await client.switchUser({ user: ann ?? "", keep: true });
  await expect.poll(shown).toEqual(["of ann"]);
  await client.mutate(api.shared.messages.send, { room: "turns", body: "again" }).server;
  expect(userOf(client)).toBe(ann);
  expect(await client.listKept()).toHaveLength(1);
});
