import fc from "fast-check";
import { expect, test } from "vitest";
import { BothyError } from "../errors/index.ts";
import type { ClientStorage } from "../storage/index.ts";
import { api } from "./fixtures/test-app.ts";
import { createProfile, createScene, stateOf } from "./fixtures/test-profile.ts";
import { noteRow } from "./fixtures/test-rows.ts";

/** A storage that refuses the leader's writes for as long as `isFull` says. */
function fullStorage() {
  const disk = { isFull: false, refusedCount: 0 };
  const guard =
    <Args extends unknown[]>(write: (...args: Args) => Promise<void>) =>
    async (...args: Args): Promise<void> => {
      if (!disk.isFull) return await write(...args);
      disk.refusedCount++;
      throw new BothyError("storage_full", { message: "No room." });
    };
  const wrap = (storage: ClientStorage): ClientStorage => ({
    ...storage,
    write: guard((...args) => storage.write(...args)),
    removeOutbox: guard((...args) => storage.removeOutbox(...args)),
  });
  return { disk, wrap };
}

test("[CL24] [C4] after refused writes everything that is shown is stored once there is room, without a new start", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { disk, wrap } = fullStorage();
  const { client } = profile.openTab({ wrap });
  await client.mutate(api.join, { list: "a" }).server;
  await realm.advance(3_000);
  disk.isFull = true;
  await deployment.write((docs) => {
    docs.put("notes", noteRow(1, "a", "one", deployment.version));
    docs.put("notes", noteRow(2, "a", "closed", deployment.version));
  });
  deployment.pokeAll();
  await realm.settle();
  // Nobody has told the device that the list is closed.
  await deployment.write((docs) => docs.put("notes", noteRow(0, "a", "closed", deployment.version)));
  const refused = client.mutate(api.addUnlessClosed, { list: "a", rank: 9, text: "refused" });
  const added = client.mutate(api.add, { list: "a", rank: 3, text: "three" });
  // What is refused while the storage refuses, too, is listed and stays so.
  deployment.missing.add("shared/notes:append");
  const parked = client.mutate(api.append, { list: "a", text: "!" });
  await realm.advance(3_000);
  expect(client.status.value).toMatchObject({ storageMode: "full", error: { code: "storage_full" } });
  expect([await stateOf(added.local), await stateOf(parked.server)]).toEqual([{}, { refused: "function_missing" }]);
  expect(await stateOf(refused.server)).toEqual({ refused: { reason: "closed" } });
  await deployment.write((docs) => docs.put("notes", noteRow(1, "a", "changed", deployment.version)));
  deployment.pokeAll();
  await realm.advance(120_000);
  expect(disk.refusedCount).toBeGreaterThan(4);
  expect(disk.refusedCount).toBeLessThan(30);
  disk.isFull = false;
  await realm.advance(61_000);
  expect(client.status.value).toMatchObject({ storageMode: "durable", error: null });
  // With the rows that contain it, what was acknowledged has left.
  expect(profile.disk.outbox).toEqual([]);
  await deployment.write((docs) => docs.put("notes", noteRow(4, "a", "four", deployment.version)));
  deployment.pokeAll();
  await realm.advance(3_000);
  await client.close();
  deployment.stop();
  const second = profile.openTab();
  const view = second.client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result).toMatchObject({ complete: true, value: ["closed", "changed", "closed", "three", "four"] });
  expect(second.client.outbox.value).toEqual([]);
  const listed = second.client.rejected.value.map(({ name, state }) => [name, state]);
  expect(listed).toEqual([
    ["shared/notes:addUnlessClosed", "rejected"],
    ["shared/notes:append", "parked"],
  ]);
});

for (const [what, refuses] of [
  ["write", ["write"]],
  ["read", ["list"]],
] as const) {
  test(`[CL10] [C10] a storage that opens and refuses its first ${what} leaves the client in memory, which says so and works online`, async () => {
    const { realm, deployment } = createScene();
    const profile = createProfile(realm);
    let closedCount = 0;
    const refuse = async (): Promise<never> => {
      throw new BothyError("storage_full", { message: "No room." });
    };
    const wrap = (storage: ClientStorage): ClientStorage => ({
      ...storage,
      ...Object.fromEntries(refuses.map((name) => [name, refuse])),
      close: async () => {
        closedCount++;
        await storage.close();
      },
    });
    deployment.stop();
    const { client } = profile.openTab({ wrap });
    // It was called before anybody knew.
    const early = client.mutate(api.join, { list: "a" });
    await realm.settle();
    expect(client.status.value).toMatchObject({ storageMode: "memory", error: { code: "storage_full" } });
    expect(closedCount).toBe(1);
    expect(await stateOf(early.local)).toEqual({});
    deployment.start();
    await realm.advance(20_000);
    expect(client.status.value).toMatchObject({ storageMode: "memory", state: "online" });
    expect(await stateOf(early.server)).toMatchObject({});
    const view = client.query(api.inList, { list: "a" });
    await client.mutate(api.add, { list: "a", rank: 1, text: "one" }).server;
    await realm.settle();
    expect(view.result).toMatchObject({ complete: true, value: ["one"] });
    expect(profile.disk.outbox).toEqual([]);
    await client.close();
  });
}

test("[CL24] [CL6] what was refused while nothing could be stored is listed in every tab once there is room", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { disk, wrap } = fullStorage();
  const first = profile.openTab({ wrap });
  await first.client.mutate(api.join, { list: "a" }).server;
  const second = profile.openTab();
  await realm.settle();
  await deployment.write((docs) => docs.put("notes", noteRow(0, "a", "closed", deployment.version)));
  disk.isFull = true;
  const { server } = second.client.mutate(api.addUnlessClosed, { list: "a", rank: 1, text: "refused" });
  server.catch(() => undefined);
  await realm.advance(3_000);
  disk.isFull = false;
  await realm.advance(61_000);
  expect(await stateOf(server)).toEqual({ refused: { reason: "closed" } });
  const listed = [first, second].map(({ client }) => client.rejected.value.map(({ name }) => name));
  expect(listed).toEqual([["shared/notes:addUnlessClosed"], ["shared/notes:addUnlessClosed"]]);
});

test("[CL24] whichever writes are refused, a later start shows a whole poke, and in the end the last one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 3, maxLength: 10 }),
      fc.boolean(),
      async (refusals, hasRoom) => {
        const { realm, deployment } = createScene();
        const profile = createProfile(realm);
        const { disk, wrap } = fullStorage();
        const first = profile.openTab({ wrap });
        await first.client.mutate(api.join, { list: "a" }).server;
        await realm.advance(3_000);
        for (const [step, isFull] of refusals.entries()) {
          disk.isFull = isFull;
          await deployment.write((docs) => {
            docs.put("notes", noteRow(1, "a", `first ${step}`, deployment.version));
            docs.put("notes", noteRow(2 + step, "a", `second ${step}`, deployment.version));
          });
          deployment.pokeAll();
          await realm.advance(700);
        }
        if (hasRoom) {
          disk.isFull = false;
          await realm.advance(61_000);
        }
        first.world.kill();
        deployment.stop();
        const { client } = profile.openTab();
        const view = client.query(api.inList, { list: "a" });
        await realm.settle();
        const shown = view.result.value ?? [];
        const last = refusals.length - 1;
        // Both rows of a step are there or neither is.
        expect(shown.length <= 1 ? shown : [shown[0], shown.length]).toEqual(
          shown.length === 0 ? [] : [`first ${shown.length - 2}`, shown.length],
        );
        if (hasRoom) expect(shown).toHaveLength(last + 2);
        expect(view.result.complete).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

test("[CL34] [C1] a tab that leads again shows what another has stored meanwhile, not what itself could not store", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { disk, wrap } = fullStorage();
  let isHearing = true;
  const first = profile.openTab({ wrap, isHearing: () => isHearing });
  await first.client.mutate(api.join, { list: "a" }).server;
  await realm.advance(3_000);
  const view = first.client.query(api.inList, { list: "a" });
  view.subscribe(() => undefined);
  const write = (id: number): Promise<void> =>
    deployment.write((docs) => docs.put("notes", noteRow(id, "a", `note ${id}`, deployment.version)));
  // Shown, and not stored.
  disk.isFull = true;
  await write(1);
  deployment.pokeAll();
  await realm.settle();
  expect(view.result.value).toEqual(["note 1"]);
  // Another takes the lead from it, as from one that is frozen, and stores as many pokes with more in them.
  isHearing = false;
  first.world.setVisible(false);
  await write(2);
  const second = profile.openTab();
  await realm.advance(6_000);
  expect([first, second].map(({ client }) => client.status.value.isLeader)).toEqual([false, true]);
  await second.client.close();
  disk.isFull = false;
  await realm.advance(10_000);
  expect(first.client.status.value).toMatchObject({ isLeader: true, state: "online" });
  expect(view.result.value).toEqual(["note 1", "note 2"]);
  await first.client.close();
});
