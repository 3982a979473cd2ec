import { expect, test } from "vitest";
import { createFunctions, functionVersion, upcast } from "../functions/index.ts";
import type { DataModelFromSchema } from "../schema/index.ts";
import { v } from "../values/index.ts";
import { api, app, schema } from "./fixtures/test-app.ts";
import { createProfile, createScene } from "./fixtures/test-profile.ts";
import { textIn } from "./fixtures/test-rows.ts";
import { queuedCalls } from "./queued-calls.ts";
import type { ClientApp } from "./shared-functions.ts";

const { mutation } = createFunctions<DataModelFromSchema<typeof schema>>();

const oldAdd = { list: v.string(), rank: v.number(), text: v.string() };
/** The app with its next functions: what was called text is a body now. */
const nextApp: ClientApp = {
  schema,
  shared: {
    ...app.shared,
    "shared/notes": {
      ...app.shared["shared/notes"],
      add: mutation({
        args: { list: v.string(), rank: v.number(), body: v.string() },
        upcasts: [upcast(oldAdd, ({ list, rank, text }) => ({ list, rank, body: `${text}!` }))],
        handler: async ({ db }, { list, rank, body }) => db.insert("notes", { list, rank, text: body }),
      }),
    },
  },
};
const oldVersion = functionVersion("shared/notes:add", { args: v.object(oldAdd) });
const note = (rank: number, text = `note ${rank}`) => ({ list: "a", rank, text });

test("[CL41] a hello says how many calls wait, and of which functions", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  expect(deployment.hellos.at(-1)?.queued).toEqual({ count: 0, calls: [] });
  deployment.stop();
  await realm.settle();
  for (const rank of [1, 2]) await client.mutate(api.add, note(rank)).local;
  await client.mutate(api.append, { list: "a", text: "." }).local;
  deployment.start();
  await realm.advance(20_000);
  const queued = deployment.hellos.at(-1)?.queued;
  expect(queued?.count).toBe(3);
  expect(queued?.calls).toEqual([
    ["shared/notes:add", oldVersion, 2],
    ["shared/notes:append", expect.any(String), 1],
  ]);
});

test("[CL41] a hello names the first functions of many", () => {
  const call = { format: 1, schema: "s", version: "v", nonce: "", args: {}, time: 0 };
  const pending = Array.from({ length: 40 }, (_, at) => ({ n: at + 1, call: { ...call, name: `f${at}` } }));
  const { count, calls } = queuedCalls(pending);
  expect([count, calls.length, calls[0]]).toEqual([40, 32, ["f0", "v", 1]]);
});

test("[CL42] [C4] while the deployment runs an older app, everything works here and waits; it goes on when that has caught up", async () => {
  const { realm, deployment } = createScene();
  deployment.isBehind = true;
  const { client } = createProfile(realm).openTab();
  await realm.settle();
  expect(client.status.value).toMatchObject({ state: "ahead", lastSyncedMs: null, error: null });
  await client.mutate(api.join, { list: "a" }).local;
  await client.mutate(api.add, note(1)).local;
  const view = client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result.value).toEqual(["note 1"]);
  const hellos = deployment.hellos.length;
  await realm.advance(40_000);
  // It neither asks again and again, nor sends anything.
  expect(deployment.hellos.length - hellos).toBeLessThan(3);
  expect([deployment.executed, client.status.value.pendingCount]).toEqual([[], 2]);
  await expect(client.mutate(api.count as unknown as typeof api.add, note(9)).local).rejects.toMatchObject({
    code: "offline",
  });
  deployment.isBehind = false;
  deployment.dropSockets();
  await realm.advance(20_000);
  expect(client.status.value).toMatchObject({ state: "online", pendingCount: 0 });
  expect(deployment.docs.rows("notes").map((row) => textIn(row))).toEqual(["note 1"]);
});

test("[CL43] [C4] calls that an older app has queued are shown as this one takes them, and sent as they were made", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const before = profile.openTab();
  await before.client.mutate(api.join, { list: "a" }).server;
  deployment.stop();
  await realm.settle();
  await before.client.mutate(api.add, note(1)).local;
  await before.client.close();
  const { client } = profile.openTab({ app: nextApp });
  const view = client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result.value).toEqual(["note 1!"]);
  deployment.start();
  await realm.advance(20_000);
  // This deployment still runs the older functions.
  expect(deployment.hellos.at(-1)?.queued?.calls).toEqual([["shared/notes:add", oldVersion, 1]]);
  expect(deployment.docs.rows("notes").map((row) => textIn(row))).toEqual(["note 1"]);
  expect(client.rejected.value).toEqual([]);
});

test("[CL43] a parked call of an older app keeps the version of its arguments when it is tried again, others take this app's", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const before = profile.openTab();
  await before.client.mutate(api.join, { list: "a" }).server;
  deployment.missing.add("shared/notes:add");
  for (const rank of [1, 2]) await before.client.mutate(api.add, note(rank)).server.catch(() => undefined);
  await before.client.close();
  deployment.missing.clear();
  const { client } = profile.openTab({ app: nextApp });
  await realm.settle();
  const [one, two] = client.rejected.value;
  await client.retry(one?.n ?? 0).server;
  expect(deployment.docs.rows("notes").map((row) => textIn(row))).toEqual(["note 1"]);
  // Its arguments are written anew by an app whose functions the deployment does not have.
  const retried = client.retry(two?.n ?? 0, { list: "a", rank: 2, body: "two" });
  await retried.local;
  await expect(retried.server).rejects.toMatchObject({ code: "function_missing" });
});
