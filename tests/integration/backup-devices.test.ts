import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "bothy/client";
import type { BothyClient } from "bothy/client";
import { openMemoryStorage } from "bothy/storage/memory";
import { afterAll, expect, test } from "vitest";
import WebSocket from "ws";
import { api } from "../app/bothy/_generated/api.js";
import { app } from "../app/bothy/_generated/client.js";
import { freePort, makeFolder, startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";
import { runBothy } from "./cli-process.ts";

const clients: BothyClient[] = [];
afterAll(async () => {
  for (const client of clients) await client.close();
});

function openClient(url: string): BothyClient {
  const client = createClient({
    url,
    app,
    storage: openMemoryStorage(),
    // `ws` offers what browsers do, with types of its own.
    webSocket: WebSocket as unknown as new (url: string) => globalThis.WebSocket,
  });
  clients.push(client);
  return client;
}

const room = "harbour";

/** Resolves once a client shows these bodies, and nothing of it waits to be sent. */
async function shows(client: BothyClient, bodies: readonly string[]): Promise<void> {
  const view = client.query(api.shared.messages.list, { room });
  const isSo = (): boolean =>
    JSON.stringify((view.result.value ?? []).map(({ body }) => body).toSorted()) ===
      JSON.stringify(bodies.toSorted()) && client.status.value.pendingCount === 0;
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** The bodies on a server once there are so many. */
async function storedIn(server: Deployment, count: number): Promise<string[]> {
  for (;;) {
    const stored = (await server.run("server:allMessages", { room })) as { body: string }[];
    if (stored.length >= count) return stored.map(({ body }) => body).toSorted();
  }
}

test("[P9] [BK10] after a restore devices send again what was forgotten, once, and what was rejected stays rejected", async () => {
  const port = await freePort();
  let server = await startDeployment({ port });
  const { url, folder } = server;
  const [ada, bob] = [openClient(url), openClient(url)];
  for (const client of [ada, bob]) await client.mutate(api.shared.rooms.join, { room }).server;
  const kept = await ada.mutate(api.shared.messages.send, { room, body: "kept" }).server;
  await shows(bob, ["kept"]);
  const target = join(await makeFolder(), "backup");
  expect((await runBothy(["backup", target, "--folder", folder])).code).toBe(0);

  await ada.mutate(api.shared.messages.send, { room, body: "forgotten by ada" }).server;
  await bob.mutate(api.shared.messages.send, { room, body: "forgotten by bob" }).server;
  await shows(ada, ["kept", "forgotten by ada", "forgotten by bob"]);
  // Ada changes a message while she is away, and it is closed meanwhile: the server refuses her change.
  await server.stop();
  const edit = ada.mutate(api.shared.messages.edit, { id: kept, body: "refused" });
  edit.server.catch(() => undefined);
  await edit.local;
  const elsewhere = await startDeployment({ folder });
  await elsewhere.run("shared/messages:close", { id: kept });
  await elsewhere.stop();
  server = await startDeployment({ folder, port });
  await expect(edit.server).rejects.toMatchObject({ data: { kind: "message_closed" } });
  const rejected = ada.rejected.value;
  expect(rejected).toHaveLength(1);
  await ada.mutate(api.shared.messages.send, { room, body: "after the refusal" }).server;
  await server.kill();

  // The disk is lost, and with it that the message was closed: the change would be possible now.
  await rm(folder, { recursive: true });
  expect((await runBothy(["restore", target, "--folder", folder])).code).toBe(0);
  server = await startDeployment({ folder, port });
  // Both come back by themselves.
  const all = ["kept", "forgotten by ada", "forgotten by bob", "after the refusal"];
  expect(await storedIn(server, all.length)).toEqual(all.toSorted());
  for (const client of [ada, bob]) await shows(client, all);
  expect(ada.rejected.value).toEqual(rejected);
  await bob.mutate(api.shared.messages.send, { room, body: "new" }).server;
  await shows(ada, [...all, "new"]);
  await server.stop();
});
