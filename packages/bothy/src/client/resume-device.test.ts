import { expect, test } from "vitest";
import { api } from "./fixtures/test-app.ts";
import { copyDisk, createProfile, createScene, stateOf } from "./fixtures/test-profile.ts";
import { textIn } from "./fixtures/test-rows.ts";
import type { TestDeployment } from "./fixtures/test-deployment.ts";

function texts(deployment: TestDeployment): string[] {
  return deployment.docs
    .rows("notes")
    .map((row) => textIn(row))
    .sort();
}

function countOnce(deployment: TestDeployment): void {
  const nonces = deployment.executed.map(({ nonce }) => nonce);
  expect(new Set(nonces).size).toBe(nonces.length);
}

test("[SY18] [SY21] acknowledgements that were lost are asked for again, and nothing runs twice", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  deployment.isMute = true;
  const calls = ["one", "two"].map((text, rank) => client.mutate(api.add, { list: "a", rank, text }));
  await realm.settle();
  expect(texts(deployment)).toEqual(["one", "two"]);
  deployment.isMute = false;
  deployment.dropSockets();
  await realm.advance(20_000);
  for (const { server } of calls) expect(await stateOf(server)).toMatchObject({ value: expect.any(String) });
  expect(client.status.value.pendingCount).toBe(0);
  countOnce(deployment);
});

test("[CL3] [C2] what the rows contain already is not shown twice while its acknowledgement, which was lost, is asked for again", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const [first, second] = [profile.openTab(), profile.openTab()];
  await first.client.mutate(api.join, { list: "a" }).server;
  await first.client.mutate(api.add, { list: "a", rank: 1, text: "x" }).server;
  await realm.settle();
  const shown = [first, second].map(({ client }) => {
    const seen: string[] = [];
    client.watch(api.inList, { list: "a" }, ({ value }) => seen.push(String(value)));
    return seen;
  });
  deployment.isMute = true;
  const { server } = first.client.mutate(api.append, { list: "a", text: "!" });
  await realm.settle();
  deployment.isMute = false;
  deployment.dropSockets();
  await realm.advance(20_000);
  await server;
  for (const seen of shown) expect(seen.filter((text) => text === "x!!")).toEqual([]);
  expect(shown.map((seen) => seen.at(-1))).toEqual(["x!", "x!"]);
  expect(first.client.status.value.pendingCount).toBe(0);
});

test("[SY21] a copied profile: both write offline, both keep what they wrote, and nothing runs twice", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const original = profile.openTab();
  await original.client.mutate(api.join, { list: "a" }).server;
  deployment.stop();
  await realm.settle();
  // Written before the copy: both have it in their outbox.
  await original.client.mutate(api.add, { list: "a", rank: 1, text: "shared" }).local;
  const copy = createProfile(realm, copyDisk(profile.disk)).openTab();
  await realm.settle();
  await original.client.mutate(api.add, { list: "a", rank: 2, text: "of the original" }).local;
  await copy.client.mutate(api.add, { list: "a", rank: 3, text: "of the copy" }).local;
  deployment.start();
  await realm.advance(120_000);
  await original.client.mutate(api.add, { list: "a", rank: 4, text: "later" }).local;
  await copy.client.mutate(api.add, { list: "a", rank: 5, text: "later too" }).local;
  await realm.advance(120_000);
  expect(texts(deployment)).toEqual(["later", "later too", "of the copy", "of the original", "shared"]);
  countOnce(deployment);
  for (const { client } of [original, copy]) {
    expect(client.status.value).toMatchObject({ pendingCount: 0, state: "online" });
    expect(client.rejected.value).toEqual([]);
    const view = client.query(api.inList, { list: "a" });
    await realm.settle();
    expect(view.result.value).toEqual(["shared", "of the original", "of the copy", "later", "later too"]);
  }
});

test("[SY21] a profile restored from an older copy of itself writes under a new id", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const before = profile.openTab();
  await before.client.mutate(api.join, { list: "a" }).server;
  await realm.settle();
  const old = copyDisk(profile.disk);
  await before.client.mutate(api.add, { list: "a", rank: 1, text: "after the copy" }).server;
  await before.client.close();
  const { client } = createProfile(realm, old).openTab();
  const { server } = client.mutate(api.add, { list: "a", rank: 2, text: "after the restore" });
  await realm.advance(20_000);
  expect(await stateOf(server)).toMatchObject({ value: expect.any(String) });
  expect(texts(deployment)).toEqual(["after the copy", "after the restore"]);
  countOnce(deployment);
  expect(deployment.hellos.at(-1)?.device.previous).toBe(deployment.hellos[0]?.device.id);
});

test("[SY2] a device whose id is another's at its deployment takes a new one, and sends what waits", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  const { id = "" } = deployment.hellos.at(-1)?.device ?? {};
  const record = deployment.devices.get(id);
  if (record) deployment.devices.set(id, { ...record, key: "of another" });
  deployment.dropSockets();
  await client.mutate(api.add, { list: "a", rank: 1, text: "waits" }).local;
  await realm.advance(20_000);
  expect(texts(deployment)).toEqual(["waits"]);
  expect(client.status.value).toMatchObject({ state: "online", pendingCount: 0 });
  expect(deployment.hellos.at(-1)?.device.id).not.toBe(id);
});

test("[SY23] [SY25] a restored deployment is sent again what it has forgotten, and the app is told", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await client.mutate(api.add, { list: "a", rank: 1, text: "kept" }).server;
  const backup = deployment.backup();
  await client.mutate(api.add, { list: "a", rank: 2, text: "forgotten" }).server;
  const view = client.query(api.inList, { list: "a" });
  const shown: unknown[] = [];
  view.subscribe(() => shown.push(view.result.value));
  deployment.restore(backup);
  await client.mutate(api.add, { list: "a", rank: 3, text: "offline" }).local;
  await realm.advance(20_000);
  expect(texts(deployment)).toEqual(["forgotten", "kept", "offline"]);
  expect(client.status.value).toMatchObject({ pendingCount: 0, serverChanged: { kind: "epoch_changed" } });
  expect(view.result).toMatchObject({ value: ["kept", "forgotten", "offline"], complete: true });
  // Never empty in between: rows of the new epoch take the place of the old ones.
  expect(shown).not.toContainEqual([]);
});

test("[SY19] [CL6] what can not be applied again after a restore is parked, listed, and tried again by itself", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  const backup = deployment.backup();
  await client.mutate(api.add, { list: "a", rank: 1, text: "forgotten" }).server;
  deployment.missing.add("shared/notes:add");
  deployment.restore(backup);
  await realm.advance(20_000);
  expect(client.rejected.value).toMatchObject([{ n: 2, state: "parked", args: { text: "forgotten" } }]);
  deployment.missing.clear();
  await realm.advance(60_000);
  deployment.dropSockets();
  await realm.advance(20_000);
  expect(client.rejected.value).toEqual([]);
  expect(texts(deployment)).toEqual(["forgotten"]);
});

test("[SY23] another deployment gets what this device has kept, and its rows take the place of the old ones", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await client.mutate(api.add, { list: "a", rank: 1, text: "old home" }).server;
  const empty = createScene().deployment;
  deployment.restore(empty.backup());
  deployment.server = "server-2";
  await realm.advance(20_000);
  expect(texts(deployment)).toEqual(["old home"]);
  expect(client.status.value.serverChanged).toMatchObject({ kind: "server_changed" });
});

test("[SY2] a deployment with another schema leaves the rows readable, keeps the outbox and refuses changes", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await client.mutate(api.add, { list: "a", rank: 1, text: "one" }).server;
  const own = deployment.schemaHash;
  deployment.schemaHash = "other";
  deployment.dropSockets();
  await client.mutate(api.add, { list: "a", rank: 2, text: "offline" }).local;
  await realm.advance(20_000);
  expect(client.status.value).toMatchObject({ state: "updateNeeded", pendingCount: 1 });
  const view = client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result.value).toEqual(["one", "offline"]);
  await expect(client.mutate(api.add, { list: "a", rank: 3, text: "no" }).local).rejects.toMatchObject({
    code: "schema_mismatch",
  });
  deployment.schemaHash = own;
  await realm.advance(120_000);
  expect(client.status.value).toMatchObject({ state: "online", pendingCount: 0 });
});

test("[SY3] a token of another deployment is dropped, and the device's own key gets a new one", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { client } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await client.close();
  const again = profile.openTab();
  await realm.settle();
  expect(deployment.hellos.at(-1)).toMatchObject({ token: "server-1:user-1" });
  expect(again.client.status.value.identity).toMatchObject({ subject: "user-1" });
});
