import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { FunctionReference } from "bothy";
import { createClient } from "bothy/client";
import { openMemoryStorage } from "bothy/storage/memory";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import WebSocket from "ws";
import { api } from "../app/bothy/_generated/api.js";
import { app } from "../app/bothy/_generated/client.js";
import { freePort } from "../deployment.ts";
import { endAll, makeProject, startBothy } from "./cli-process.ts";
import type { Project, RunningBothy } from "./cli-process.ts";

let project: Project;
const warn = vi.spyOn(console, "warn");

beforeEach(() => {
  project = makeProject();
  warn.mockReset();
});
afterEach(async () => {
  await endAll();
  project.remove();
});

// What is drawn when the module is loaded is another number on the device than on the server.
const stateful = `import { mutation } from "../_generated/server.js";
const drawn = Math.random();
export const draw = mutation({
  args: {},
  handler: async ({ db }) => void (await db.insert("notes", { user: "nobody", text: String(drawn) })),
});
export const same = mutation({
  args: {},
  handler: async ({ db }) => void (await db.insert("notes", { user: "nobody", text: String(Math.random() + Date.now()) })),
});
`;

type Draw = FunctionReference<"mutation", "public", object, null>;
const [draw, same] = ["shared/stateful:draw", "shared/stateful:same"] as unknown as readonly [Draw, Draw];

/** Calls functions of an app that is served by a command, on a device with its own copy of their module. */
async function callAll(command: "dev" | "start"): Promise<RunningBothy> {
  project.write("bothy/shared/stateful.ts", stateful);
  const port = await freePort();
  const running = startBothy([command, "--project-dir", project.folder, "--port", String(port)]);
  await running.waitFor("Ctrl-C stops it.");
  const module: unknown = await import(pathToFileURL(join(project.folder, "bothy/shared/stateful.ts")).href);
  const client = createClient({
    url: `http://127.0.0.1:${port}`,
    app: { ...app, shared: { ...app.shared, "shared/stateful": module as (typeof app.shared)[string] } },
    storage: openMemoryStorage(),
    // `ws` offers what browsers do, with types of its own.
    webSocket: WebSocket as unknown as new (url: string) => globalThis.WebSocket,
  });
  await client.mutate(api.shared.rooms.join, { room: "warned" }).server;
  await client.mutate(api.shared.messages.send, { room: "warned", body: "hello" }).server;
  await client.mutate(same, {}).server;
  await client.mutate(draw, {}).server;
  await client.mutate(draw, {}).server;
  await client.close();
  return running;
}

test("[SY71] [CL47] bothy dev and the console say once that a function wrote what its module had drawn", async () => {
  const running = await callAll("dev");
  await running.waitFor("shared/stateful:draw");
  expect(warn.mock.calls).toHaveLength(1);
  expect(warn.mock.calls[0]?.[0]).toMatch(/^shared\/stateful:draw wrote other things .* notes\.text\./);
});

test("[SY70] bothy start says nothing of it", async () => {
  const running = await callAll("start");
  expect([warn.mock.calls, running.stderr().includes("stateful")]).toEqual([[], false]);
});
