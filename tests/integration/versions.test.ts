import { fileURLToPath } from "node:url";
import { createClient } from "bothy/client";
import type { BothyClient } from "bothy/client";
import { openMemoryStorage } from "bothy/storage/memory";
import { afterEach, expect, test } from "vitest";
import WebSocket from "ws";
import { freePort, makeFolder, startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";
import firstSchema from "../versions/first/bothy/schema.ts";
import * as firstReports from "../versions/first/bothy/shared/reports.ts";
import secondSchema from "../versions/second/bothy/schema.ts";
import * as secondReports from "../versions/second/bothy/shared/reports.ts";
import { errorIn, runBothy } from "./cli-process.ts";

type App = Parameters<typeof createClient>[0]["app"];
type Mutation = Parameters<BothyClient["mutate"]>[0];
type Query = Parameters<BothyClient["query"]>[0];

const apps: Readonly<Record<"first" | "second", App>> = {
  first: { schema: firstSchema, shared: { "shared/reports": firstReports } },
  second: { schema: secondSchema, shared: { "shared/reports": secondReports } },
};
const clients: BothyClient[] = [];
let running: Deployment | undefined;

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await running?.stop();
  running = undefined;
});

const folderOf = (app: string): string => fileURLToPath(new URL(`../versions/${app}`, import.meta.url));

interface Place {
  readonly folder: string;
  readonly port: number;
}

async function newPlace(): Promise<Place> {
  return { folder: await makeFolder(), port: await freePort() };
}

/** Runs a version of the app in place of the one before. */
async function run(app: string, place: Place, ...args: readonly string[]): Promise<Deployment> {
  await running?.stop();
  running = await startDeployment({ ...place, app: folderOf(app), args });
  return running;
}

function open(app: keyof typeof apps, { port }: Place): BothyClient {
  const client = createClient({
    url: `http://127.0.0.1:${port}`,
    app: apps[app],
    storage: openMemoryStorage(),
    // `ws` offers what browsers do, with types of its own.
    webSocket: WebSocket as unknown as new (url: string) => globalThis.WebSocket,
  });
  clients.push(client);
  return client;
}

function file(client: BothyClient, args: Readonly<Record<string, string>>) {
  return client.mutate("shared/reports:file" as unknown as Mutation & string, args);
}

/** Resolves once the reports are shown as wanted. */
function shows(client: BothyClient, wanted: readonly (readonly (string | null)[])[]): Promise<void> {
  return until(client, () => {
    const view = client.query("shared/reports:list" as unknown as Query, {});
    const stop = view.subscribe(() => undefined);
    stop();
    return JSON.stringify(view.result.value) === JSON.stringify(wanted);
  });
}

/** Looks again whenever the client says something new. */
function until(client: BothyClient, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const view = client.query("shared/reports:list" as unknown as Query, {});
    const stops = [client.status.subscribe(look), client.outbox.subscribe(look), view.subscribe(look)];
    function look(): void {
      if (!isSo()) return;
      resolve();
      for (const stop of stops) stop();
    }
    look();
  });
}

test("[SK7] [SK10] [P13] [C4] an older client goes on beside a newer one: rows in its terms, its queued calls brought up", async () => {
  const place = await newPlace();
  await run("first", place);
  const old = open("first", place);
  await file(old, { note: "one" }).server;
  await running?.stop();
  const queued = file(old, { note: "offline" });
  await queued.local;
  await run("second", place);
  await queued.server;
  const current = open("second", place);
  await shows(current, [
    ["one", "open", null],
    ["offline", "open", "unknown"],
  ]);
  await file(current, { remarks: "burning", severity: "high" }).server;
  // It knows neither the state nor the severity.
  await shows(old, [
    ["one", "open", null],
    ["offline", "open", null],
    ["burning", "open", null],
  ]);
  await file(old, { note: "online" }).server;
  await shows(current, [
    ["one", "open", null],
    ["offline", "open", "unknown"],
    ["burning", "urgent", "high"],
    ["online", "open", "unknown"],
  ]);
  expect([old.rejected.value, old.status.value.state]).toEqual([[], "online"]);
});

test("[SK11] [CL42] [P13] a newer client waits for its deployment, and goes on when that has caught up", async () => {
  const place = await newPlace();
  await run("first", place);
  const client = open("second", place);
  await until(client, () => client.status.value.state === "ahead");
  const waiting = file(client, { remarks: "ahead of you", severity: "low" });
  await waiting.local;
  await shows(client, [["ahead of you", "open", "low"]]);
  expect(client.status.value).toMatchObject({ state: "ahead", pendingCount: 1 });
  await run("second", place);
  await waiting.server;
  await shows(client, [["ahead of you", "open", "low"]]);
  expect(client.status.value).toMatchObject({ state: "online", pendingCount: 0 });
});

test("[SK14] [SK16] [P13] a start that would strand devices is refused before anything is changed; forced, they keep what they have", async () => {
  const place = await newPlace();
  await run("first", place);
  const old = open("first", place);
  await file(old, { note: "one" }).server;
  await run("second", place);
  await until(old, () => old.status.value.state === "online");
  await running?.stop();
  const target = ["--json", "--folder", place.folder, "--project-dir"];
  const listed = await runBothy(["devices", ...target, folderOf("second")]);
  expect(JSON.parse(listed.stdout)).toMatchObject({ devices: [{ queued: 0, calls: [] }] });
  const refused = await runBothy(["start", ...target, folderOf("third"), "--port", String(place.port)]);
  expect([refused.code, errorIn(refused.stderr)]).toMatchObject([
    5,
    { code: "devices_stranded", message: expect.stringMatching(/1 device .*reports\.note/u) },
  ]);
  const kept = file(old, { note: "kept" });
  await kept.local;
  await run("third", place, "--force");
  await until(old, () => old.status.value.state === "updateNeeded");
  expect(old.status.value).toMatchObject({ pendingCount: 1, error: { code: "schema_mismatch" } });
  await shows(old, [
    ["one", "open", null],
    ["kept", "open", null],
  ]);
  await expect(file(old, { note: "no" }).local).rejects.toMatchObject({ code: "schema_mismatch" });
  const table = await runBothy(["devices", "--folder", place.folder, "--project-dir", folderOf("third")]);
  expect(table.stdout).toMatch(/^device\s+schema\s+queued\s+seen\n.+/u);
});
