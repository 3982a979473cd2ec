import { expect, test } from "vitest";
import { BothyError } from "../errors/index.ts";
import type { ClientStorage } from "../storage/index.ts";
import type { BothyClient } from "./client.ts";
import { api } from "./fixtures/test-app.ts";
import { createStoredProfile } from "./fixtures/test-profile.ts";
import { noteRow } from "./fixtures/test-rows.ts";

/** A storage that refuses what it is told to, and counts how often. */
function refusingStorage() {
  const disk = {
    refusesSegments: false,
    refusesLists: false,
    refusesFence: false,
    refusedCount: 0,
    broken: new Set<unknown>(),
    isGone: false,
  };
  const refuse = (): never => {
    disk.refusedCount++;
    throw new BothyError("storage_unavailable", { message: "Not now." });
  };
  const wrap = (storage: ClientStorage): ClientStorage => ({
    ...storage,
    get: async (store, key) => {
      const isRefused = store === "segment" && (disk.refusesSegments || disk.broken.has(key[1]));
      if (isRefused && disk.isGone) return undefined;
      return isRefused ? refuse() : await storage.get(store, key);
    },
    list: async (...args) => (disk.refusesLists ? refuse() : await storage.list(...args)),
    raiseFence: async () => (disk.refusesFence ? refuse() : await storage.raiseFence()),
  });
  return { disk, wrap };
}

/** A profile that has two lists of one note each on disk, in a segment each. */
const storedProfile = () =>
  createStoredProfile([noteRow(1, "a", "one", 1), noteRow(2, "b", "large ".repeat(12_000), 1)]);

/** Everything that the query showed, one after another. */
function record(client: BothyClient, list = "a"): unknown[] {
  const seen: unknown[] = [];
  client.watch(api.inList, { list }, ({ status, value }) => seen.push(value ?? status));
  return seen;
}

test("[CL50] [C1] what a leader could not read from disk is read again, ever less often, and shown when it can be read", async () => {
  const { realm, deployment, profile } = await storedProfile();
  deployment.stop();
  const { disk, wrap } = refusingStorage();
  const { client } = profile.openTab({ wrap, memoryBudgetBytes: 0 });
  await realm.advance(3_000);
  disk.refusesSegments = true;
  const seen = record(client);
  // It cannot say what it does to rows that nobody could read, and is kept.
  await client.mutate(api.append, { list: "a", text: "!" }).local;
  await realm.advance(200_000);
  expect(client.status.value).toMatchObject({
    isLeader: true,
    storageMode: "failed",
    error: { code: "storage_unavailable" },
  });
  expect(seen).toEqual(["loading"]);
  expect(disk.refusedCount).toBeGreaterThan(8);
  expect(disk.refusedCount).toBeLessThan(40);
  disk.refusesSegments = false;
  await realm.advance(61_000);
  expect(seen).toEqual(["loading", ["one!"]]);
  expect(client.status.value).toMatchObject({ storageMode: "durable", error: null });
  await client.close();
});

test.each([
  ["can never be read", false],
  ["is no longer there", true],
])("[CL50] [C1] of a segment that %s the rows come from the deployment, and are stored anew", async (_, isGone) => {
  const { realm, deployment, profile } = await storedProfile();
  deployment.stop();
  const { disk, wrap } = refusingStorage();
  disk.isGone = isGone;
  const { client } = profile.openTab({ wrap, memoryBudgetBytes: 0 });
  await realm.advance(3_000);
  for (const { key } of profile.disk.rowsByStore.get("segment")?.values() ?? []) disk.broken.add(key[1]);
  const seen = record(client);
  await client.mutate(api.add, { list: "a", rank: 2, text: "mine" }).local;
  await realm.advance(60_000);
  expect(seen).toEqual(["loading"]);
  deployment.start();
  await realm.advance(70_000);
  expect(seen.at(-1)).toEqual(["one", "mine"]);
  expect(client.status.value).toMatchObject({ storageMode: "durable", error: null, state: "online" });
  expect(client.outbox.value).toEqual([]);
  // Asked for once, and held from then on: later hellos go on from a cursor.
  await realm.advance(120_000);
  const { lost, ranges = [] } = deployment.hellos.at(-1)?.cursor ?? {};
  expect([lost, ranges.length]).toEqual([undefined, 3]);
  await client.close();
  // It is on disk again.
  deployment.stop();
  const later = profile.openTab({ wrap, memoryBudgetBytes: 0 });
  const found = record(later.client);
  await realm.advance(3_000);
  expect(found.at(-1)).toEqual(["one", "mine"]);
  await later.client.close();
});

test("[CL50] [CL14] what is read again takes nothing away that a failing scope does not tell of", async () => {
  const { realm, deployment, profile } = await storedProfile();
  const { disk, wrap } = refusingStorage();
  const { client } = profile.openTab({ wrap, memoryBudgetBytes: 0 });
  const seen = record(client);
  await realm.advance(3_000);
  deployment.isScopeFailing = true;
  deployment.pokeAll();
  await realm.settle();
  await client.mutate(api.add, { list: "a", rank: 2, text: "mine" }).server;
  await realm.settle();
  expect([client.outbox.value, client.status.value.failedScopes.length]).toEqual([[], 1]);
  expect(seen.at(-1)).toEqual(["one", "mine"]);
  disk.refusesSegments = true;
  const other = record(client, "b");
  await realm.advance(3_000);
  disk.refusesSegments = false;
  expect(client.status.value.storageMode).toBe("failed");
  await realm.advance(10_000);
  expect(client.status.value.storageMode).toBe("durable");
  expect(other).toEqual(["loading", [expect.stringContaining("large")]]);
  expect(seen.at(-1)).toEqual(["one", "mine"]);
  await client.close();
});

test("[CL50] what a tab that follows could not read is read again, and it says so if that is refused, too", async () => {
  const { realm, deployment, profile } = await storedProfile();
  deployment.stop();
  const leader = profile.openTab();
  await realm.advance(3_000);
  const { disk, wrap } = refusingStorage();
  const { client } = profile.openTab({ wrap, memoryBudgetBytes: 0 });
  await realm.advance(3_000);
  disk.refusesSegments = true;
  const seen = record(client);
  await realm.settle();
  expect(client.status.value).toMatchObject({ isLeader: false, storageMode: "durable" });
  disk.refusesLists = true;
  await realm.advance(200_000);
  expect(client.status.value).toMatchObject({ storageMode: "failed", error: { code: "storage_unavailable" } });
  expect(disk.refusedCount).toBeLessThan(40);
  disk.refusesSegments = false;
  disk.refusesLists = false;
  await realm.advance(61_000);
  expect(seen).toEqual(["loading", ["one"]]);
  expect(client.status.value).toMatchObject({ storageMode: "durable", error: null });
  await client.close();
  await leader.client.close();
});

test("[CL50] a lead that the storage refused once is taken later, and nothing is said of it then", async () => {
  const { realm, deployment, profile } = await storedProfile();
  deployment.stop();
  const { disk, wrap } = refusingStorage();
  disk.refusesFence = true;
  const { client } = profile.openTab({ wrap });
  await realm.advance(1_000);
  expect(client.status.value).toMatchObject({ isLeader: false, storageMode: "failed" });
  disk.refusesFence = false;
  await realm.advance(1_000);
  expect(client.status.value).toMatchObject({ isLeader: true, storageMode: "durable", error: null });
  await client.close();
});

test("[CL50] [CL5] a tab that missed a poke and may not read once shows it a moment later", async () => {
  const { realm, deployment, profile } = await storedProfile();
  const leader = profile.openTab().client;
  await realm.advance(3_000);
  const { disk, wrap } = refusingStorage();
  let isHearing = true;
  const { client } = profile.openTab({ wrap, isHearing: () => isHearing });
  const seen = record(client);
  await realm.advance(3_000);
  isHearing = false;
  await leader.mutate(api.add, { list: "a", rank: 2, text: "two" }).server;
  await realm.settle();
  isHearing = true;
  disk.refusesLists = true;
  deployment.missing.add("shared/notes:append");
  await leader.mutate(api.append, { list: "a", text: "!" }).server.catch(() => undefined);
  await realm.settle();
  disk.refusesLists = false;
  await realm.advance(3_000);
  expect(seen.at(-1)).toEqual(["one", "two"]);
  expect(client.rejected.value).toMatchObject([{ name: "shared/notes:append" }]);
  expect(client.status.value).toMatchObject({ storageMode: "durable", error: null });
  await client.close();
  await leader.close();
});

test("[CL50] [C9] answers that nobody watches leave with a range, also if the storage refuses once to list them", async () => {
  const { realm, profile } = await storedProfile();
  const { disk, wrap } = refusingStorage();
  const { client } = profile.openTab({ wrap });
  await realm.advance(3_000);
  const stop = client.watch(api.count, {}, () => undefined);
  await realm.advance(1_000);
  stop();
  await realm.advance(10_000);
  expect(profile.disk.rowsByStore.get("result")?.size).toBe(1);
  disk.refusesLists = true;
  await client.mutate(api.leave, { list: "a" }).server;
  await realm.settle();
  disk.refusesLists = false;
  await realm.advance(10_000);
  expect(profile.disk.rowsByStore.get("result")?.size).toBe(0);
  await client.close();
});
