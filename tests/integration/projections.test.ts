import { createClient } from "bothy/client";
import type { BothyClient, ScopeHold } from "bothy/client";
import { createMemoryDisk, openMemoryStorage } from "bothy/storage/memory";
import type { MemoryDisk } from "bothy/storage/memory";
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

/** A client with a tap on its socket. */
function openClient(disk: MemoryDisk = createMemoryDisk()): { readonly client: BothyClient; readonly wire: string[] } {
  const wire: string[] = [];
  class TappedSocket extends WebSocket {
    constructor(url: string) {
      super(url);
      this.on("message", (frame: Buffer) => wire.push(frame.toString()));
    }
  }
  const webSocket = TappedSocket as unknown as new (url: string) => globalThis.WebSocket;
  const client = createClient({ url: deployment.url, app, storage: openMemoryStorage(disk), webSocket });
  clients.push(client);
  return { client, wire };
}

async function stands(hold: ScopeHold, state: ScopeHold["state"]): Promise<void> {
  await expect.poll(() => hold.state).toBe(state);
}

/** Everything that lies on a disk, as text. */
function textOn({ rowsByStore }: MemoryDisk): string {
  return JSON.stringify(
    [...rowsByStore.values()].map((rows) => [...rows.values()]),
    (_, value: unknown) => (value instanceof Uint8Array ? new TextDecoder().decode(value) : value),
  );
}

test("[SY60] [SY61] [SY63] a device that is granted lines is sent nothing else, widens, and narrows again in memory, results and storage", async () => {
  const { client: writer } = openClient();
  const disk = createMemoryDisk();
  const { client: reader, wire } = openClient(disk);
  const airport = "HAM";
  const id = await writer.mutate(api.shared.reports.file, { airport, title: "first", body: "secret 1" }).server;
  const [lines, list] = [
    reader.query(api.shared.reports.lines, { airport }),
    reader.query(api.shared.reports.list, { airport }),
  ];
  lines.subscribe(() => undefined);
  list.subscribe(() => undefined);
  const held = reader.hold(api.scopes.lines, { airport });
  await stands(held, "held");
  await expect.poll(() => lines.result).toMatchObject({ complete: true, value: [{ title: "first" }] });
  expect(list.result).toMatchObject({ complete: false, value: [] });

  await writer.mutate(api.shared.reports.edit, { id, body: "secret 2" }).server;
  await writer.mutate(api.shared.reports.edit, { id, title: "second" }).server;
  await expect.poll(() => lines.result.value?.map(({ title }) => title)).toEqual(["second"]);
  expect(wire.join("")).not.toContain("secret");
  expect(textOn(disk)).not.toContain("secret");

  await stands(reader.hold(api.scopes.reports, { airport }), "held");
  await reader.mutate(api.shared.rooms.join, { room: airport }).server;
  await expect
    .poll(() => list.result)
    .toMatchObject({ complete: true, value: [{ title: "second", body: "secret 2" }] });
  await expect.poll(() => textOn(disk)).toContain("secret 2");
  expect(Object.keys(lines.result.value?.[0] ?? {}).toSorted()).toEqual(["_creationTime", "_id", "airport", "title"]);

  await reader.mutate(api.shared.rooms.leave, { room: airport }).server;
  await expect.poll(() => list.result).toMatchObject({ complete: false, value: [] });
  expect(lines.result).toMatchObject({ complete: true, value: [{ title: "second" }] });
  await expect.poll(() => textOn(disk)).not.toContain("secret");
  const before = wire.length;
  await writer.mutate(api.shared.reports.edit, { id, body: "secret 3" }).server;
  await writer.mutate(api.shared.reports.edit, { id, title: "third" }).server;
  await expect.poll(() => lines.result.value?.map(({ title }) => title)).toEqual(["third"]);
  expect(wire.slice(before).join("")).not.toContain("secret");
});

test("[TX15] what a device changes of a line is shown at once, and the whole document keeps the rest", async () => {
  const { client: writer } = openClient();
  const { client: reader } = openClient();
  const airport = "MUC";
  const id = await writer.mutate(api.shared.reports.file, { airport, title: "first", body: "long" }).server;
  const lines = reader.query(api.shared.reports.lines, { airport });
  lines.subscribe(() => undefined);
  await stands(reader.hold(api.scopes.lines, { airport }), "held");
  await expect.poll(() => lines.result.value?.length).toBe(1);
  const edit = reader.mutate(api.shared.reports.edit, { id, title: "mine" });
  await edit.local;
  expect(lines.result.value).toMatchObject([{ title: "mine" }]);
  await edit.server;
  await expect.poll(() => lines.result.value).toMatchObject([{ title: "mine" }]);
  await writer.mutate(api.shared.rooms.join, { room: airport }).server;
  const whole = writer.query(api.shared.reports.list, { airport });
  whole.subscribe(() => undefined);
  await stands(writer.hold(api.scopes.reports, { airport }), "held");
  await expect.poll(() => whole.result.value).toMatchObject([{ title: "mine", body: "long" }]);
});
