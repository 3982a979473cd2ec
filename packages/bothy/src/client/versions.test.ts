import { expect, test } from "vitest";
import { defineSchema, defineTable } from "../schema/index.ts";
import { openMemoryStorage } from "../storage/index.ts";
import { v } from "../values/index.ts";
import { api, app } from "./fixtures/test-app.ts";
import { createProfile, createScene } from "./fixtures/test-profile.ts";
import { textIn } from "./fixtures/test-rows.ts";
import { storedFormat } from "./stored-rows.ts";

/** The same functions over a schema of another release. */
const older = {
  ...app,
  schema: defineSchema({
    notes: defineTable(v.any()).index("by_list", ["list", "rank"]),
    members: defineTable(v.any()).index("by_user", ["user"]),
  }),
};

test("[CL32] of two versions of the app exactly one leads, the newer; the older says so, shows what is stored, and writes into the one outbox", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const old = profile.openTab({ app: older });
  await realm.advance(1_000);
  const young = profile.openTab();
  await realm.advance(8_000);
  const tabs = [old, young];
  expect(tabs.map(({ client }) => client.status.value.isLeader)).toEqual([false, true]);
  expect(tabs.map(({ client }) => client.status.value.updateReady)).toEqual([true, false]);
  await young.client.mutate(api.join, { list: "a" }).server;
  await young.client.mutate(api.add, { list: "a", rank: 1, text: "of the newer" }).server;
  const hellos = deployment.hellos.length;
  await old.client.mutate(api.add, { list: "a", rank: 2, text: "of the older" }).local;
  await realm.advance(20_000);
  const view = old.client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result.value).toEqual(["of the newer", "of the older"]);
  expect(
    deployment.docs
      .rows("notes")
      .map((row) => textIn(row))
      .sort(),
  ).toEqual(["of the newer", "of the older"]);
  expect(tabs.map(({ client }) => client.status.value.pendingCount)).toEqual([0, 0]);
  // Nobody takes the lead back and forth.
  expect(deployment.hellos).toHaveLength(hellos);
  expect(tabs.map(({ client }) => client.status.value.isLeader)).toEqual([false, true]);
});

test("[CL32] what a newer format has stored is neither read nor written by an older app, which says that it needs an update", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const device = { format: storedFormat + 1, schema: "of the future", id: "d", shape: "unknown" };
  await openMemoryStorage(profile.disk).write([{ kind: "put", store: "meta", key: ["device"], row: device }]);
  const before = structuredClone(profile.disk.rowsByStore);
  const { client } = profile.openTab();
  await realm.advance(5_000);
  expect(client.status.value).toMatchObject({
    state: "updateNeeded",
    updateReady: true,
    error: { code: "schema_mismatch" },
  });
  await expect(client.mutate(api.join, { list: "a" }).local).rejects.toMatchObject({ code: "schema_mismatch" });
  expect(deployment.hellos).toEqual([]);
  expect(profile.disk.rowsByStore).toEqual(before);
});

test("[CL32] a tab that speaks another format is not understood, and is answered all the same when it asks who leads", async () => {
  const { realm } = createScene();
  const profile = createProfile(realm);
  const { client } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  const heard: unknown[] = [];
  const name = profile.channelOf(profile.disk);
  const other = realm.openTab().openChannel?.(name, (message) => heard.push(message));
  const stamp = { format: storedFormat + 1, schema: "of the future" };
  const openedMs = realm.nowMs() + 1;
  other?.post({ stamp, openedMs, message: { kind: "poke", unknown: true } });
  await realm.settle();
  expect(client.status.value).toMatchObject({ updateReady: true, isLeader: true, state: "online" });
  other?.post({ stamp, openedMs, message: { kind: "ask", tab: "of the future" } });
  await realm.settle();
  // It gives way: the newer one is to lead.
  expect(heard).toContainEqual(expect.objectContaining({ message: { kind: "yield", to: "of the future" } }));
});
