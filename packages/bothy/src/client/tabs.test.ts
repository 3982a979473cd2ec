import { expect, test } from "vitest";
import { functionVersion, type RegisteredFunction } from "../functions/index.ts";
import { api, app } from "./fixtures/test-app.ts";
import { schemaHash } from "../schema/index.ts";
import { openMemoryStorage } from "../storage/index.ts";
import { storedFormat, type MutationCall } from "./stored-rows.ts";
import { createProfile, createScene, stateOf } from "./fixtures/test-profile.ts";
import { noteRow, textIn } from "./fixtures/test-rows.ts";

const notesAdd = Reflect.get(app.shared["shared/notes"] ?? {}, "add") as RegisteredFunction;

test("[CL5] one tab leads, and another shows its offline change, its pokes and its outcomes", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab();
  await first.client.mutate(api.join, { list: "a" }).server;
  const second = profile.openTab();
  const view = second.client.query(api.inList, { list: "a" });
  view.subscribe(() => undefined);
  await realm.settle();
  expect([first, second].map(({ client }) => client.status.value.isLeader)).toEqual([true, false]);
  expect(second.client.status.value).toMatchObject({ state: "online", identity: { subject: "user-1" } });
  expect(deployment.hellos).toHaveLength(1);
  deployment.stop();
  await realm.settle();
  await first.client.mutate(api.add, { list: "a", rank: 1, text: "one" }).local;
  await realm.settle();
  expect(view.result).toMatchObject({ value: ["one"], complete: true });
  expect(second.client.status.value).toMatchObject({ state: "offline", pendingCount: 1 });
  const { local, server } = second.client.mutate(api.add, { list: "a", rank: 2, text: "two" });
  await local;
  deployment.start();
  await realm.advance(20_000);
  expect(await stateOf(server)).toMatchObject({ value: expect.any(String) });
  expect(view.result).toMatchObject({ value: ["one", "two"], complete: true });
  expect(second.client.status.value).toMatchObject({ state: "online", pendingCount: 0 });
  await deployment.write((docs) => docs.put("notes", noteRow(3, "a", "three", deployment.version)));
  deployment.pokeAll();
  await realm.settle();
  expect(view.result.value).toEqual(["one", "two", "three"]);
});

test("[CL5] a leader that dies loses nothing: the next one pushes what it had not, each once", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const tabs = [profile.openTab(), profile.openTab(), profile.openTab()] as const;
  await tabs[0].client.mutate(api.join, { list: "a" }).server;
  deployment.isMute = true;
  await tabs[0].client.mutate(api.add, { list: "a", rank: 1, text: "of the leader" }).local;
  const call = tabs[1].client.mutate(api.add, { list: "a", rank: 2, text: "of another" });
  await call.local;
  await realm.settle();
  tabs[0].world.kill();
  deployment.isMute = false;
  await realm.advance(20_000);
  expect(tabs.map(({ client }) => client.status.value.isLeader)).toEqual([true, true, false]);
  expect(deployment.hellos.map(({ device }) => device.fence)).toEqual([1, 2]);
  expect(await stateOf(call.server)).toMatchObject({ value: expect.any(String) });
  const view = tabs[2].client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result.value).toEqual(["of the leader", "of another"]);
  expect(deployment.executed.map(({ name }) => name)).toEqual([
    "shared/notes:join",
    "shared/notes:add",
    "shared/notes:add",
  ]);
});

test.each([
  { when: "before it had listed it", isListed: false },
  { when: "after it had listed it, and told nobody", isListed: true },
])(
  "[CL1] [CL6] a caller hears of its refusal, and it is listed, though the leader died $when",
  async ({ isListed }) => {
    const { realm, deployment } = createScene();
    const profile = createProfile(realm);
    const first = profile.openTab({
      // The poke is stored; the tab dies when what it refuses leaves the outbox.
      wrap: (storage) => ({
        ...storage,
        removeOutbox: async (...given) => {
          if (!isDying || isListed) await storage.removeOutbox(...given);
          if (!isDying) return;
          first.world.kill();
          return await new Promise<never>(() => undefined);
        },
      }),
    });
    let isDying = false;
    await first.client.mutate(api.join, { list: "a" }).server;
    const second = profile.openTab();
    await realm.settle();
    await deployment.write((docs) => docs.put("notes", noteRow(0, "b", "closed", deployment.version)));
    isDying = true;
    const { server } = second.client.mutate(api.addUnlessClosed, { list: "b", rank: 1, text: "refused" });
    server.catch(() => undefined);
    await realm.advance(20_000);
    expect(second.client.status.value.isLeader).toBe(true);
    expect(second.client.rejected.value).toMatchObject([{ name: "shared/notes:addUnlessClosed" }]);
    expect(await stateOf(server)).toEqual({ refused: { reason: "closed" } });
  },
);

test("[CL6] a tab that is opened between a poke and the list of what it refuses lists it, too", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  let goOn = (): void => undefined;
  const opened = new Promise<void>((resolve) => (goOn = resolve));
  const first = profile.openTab({
    wrap: (storage) => ({
      ...storage,
      removeOutbox: async (...given) => {
        if (isSlow) await opened;
        await storage.removeOutbox(...given);
      },
    }),
  });
  let isSlow = false;
  await first.client.mutate(api.join, { list: "a" }).server;
  await realm.settle();
  await deployment.write((docs) => docs.put("notes", noteRow(0, "b", "closed", deployment.version)));
  isSlow = true;
  first.client.mutate(api.addUnlessClosed, { list: "b", rank: 1, text: "refused" }).server.catch(() => undefined);
  await realm.settle();
  const second = profile.openTab();
  await realm.settle();
  expect(second.client.rejected.value).toEqual([]);
  goOn();
  await realm.advance(3_000);
  const listed = [first, second].map(({ client }) => client.rejected.value.map(({ name }) => name));
  expect(listed).toEqual([["shared/notes:addUnlessClosed"], ["shared/notes:addUnlessClosed"]]);
});

test("[CL5] mutations of all tabs go out in the order of their numbers, and each tab shows them in that order", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const tabs = [profile.openTab(), profile.openTab(), profile.openTab()];
  await tabs[0]?.client.mutate(api.join, { list: "a" }).server;
  await tabs[0]?.client.mutate(api.add, { list: "a", rank: 1, text: ":" }).server;
  const views = tabs.map(({ client }) => client.query(api.inList, { list: "a" }));
  for (const view of views) view.subscribe(() => undefined);
  deployment.stop();
  await realm.settle();
  await Promise.all(
    Array.from(
      { length: 30 },
      (_, i) => tabs[i % 3]?.client.mutate(api.append, { list: "a", text: String.fromCharCode(97 + i) }).local,
    ),
  );
  await realm.settle();
  const [shown] = views.map(({ result }) => result.value?.[0]);
  expect(shown).toHaveLength(31);
  expect(views.map(({ result }) => result.value?.[0])).toEqual([shown, shown, shown]);
  deployment.start();
  await realm.advance(20_000);
  expect(views.map(({ result }) => result.value?.[0])).toEqual([shown, shown, shown]);
  expect(deployment.docs.rows("notes").map(({ document }) => document["text"])).toEqual([shown]);
});

test("[CL5] an entry of a tab that died before it told of it is found by the next sign of life", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab();
  await first.client.mutate(api.join, { list: "a" }).server;
  const second = profile.openTab({
    // It is durable, and the tab dies in that moment.
    wrap: (storage) => ({
      ...storage,
      appendOutbox: async (row, options) => {
        await storage.appendOutbox(row, options);
        second.world.kill();
        return await new Promise<never>(() => undefined);
      },
    }),
  });
  await realm.settle();
  void second.client.mutate(api.add, { list: "a", rank: 1, text: "last words" });
  await realm.settle();
  expect(deployment.docs.rows("notes")).toHaveLength(0);
  // Nobody has told of the entry; the number of the next one shows that it is there.
  await first.client.mutate(api.add, { list: "a", rank: 2, text: "next" }).server;
  expect(
    deployment.docs
      .rows("notes")
      .map((row) => textIn(row))
      .sort(),
  ).toEqual(["last words", "next"]);
});

test("[CL5] a leader that comes back to its deployment reads what nobody has told of", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab();
  await first.client.mutate(api.join, { list: "a" }).server;
  const name = "shared/notes:add";
  const call: MutationCall = {
    format: storedFormat,
    schema: schemaHash(app.schema),
    name,
    version: functionVersion(name, notesAdd),
    nonce: "e".repeat(32),
    args: { list: "a", rank: 1, text: "unheard" },
    time: realm.nowMs(),
  };
  await openMemoryStorage(profile.disk).appendOutbox(call);
  deployment.dropSockets();
  await realm.advance(5_000);
  expect(deployment.docs.rows("notes").map(({ document }) => document["text"])).toEqual(["unheard"]);
});

test("[CL5] a tab that missed a poke reads the storage again", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab();
  await first.client.mutate(api.join, { list: "a" }).server;
  const second = profile.openTab({ isHearing: () => isHearing });
  let isHearing = true;
  const view = second.client.query(api.inList, { list: "a" });
  const stop = view.subscribe(() => undefined);
  await realm.settle();
  const write = async (id: number): Promise<void> => {
    await deployment.write((docs) => docs.put("notes", noteRow(id, "a", `note ${id}`, deployment.version)));
    deployment.pokeAll();
    await realm.settle();
  };
  isHearing = false;
  await write(1);
  expect(view.result.value).toEqual([]);
  isHearing = true;
  await write(2);
  expect(view.result.value).toEqual(["note 1", "note 2"]);
  stop();
});

test("[CL5] without locks a tab is alone; one that another replaces stops, and takes over when it is looked at", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab({ hasTabs: false });
  await first.client.mutate(api.join, { list: "a" }).server;
  const second = profile.openTab({ hasTabs: false });
  await realm.advance(1_000);
  await second.client.mutate(api.add, { list: "a", rank: 1, text: "of the second" }).server;
  await realm.advance(1_000);
  expect([first, second].map(({ client }) => client.status.value.isLeader)).toEqual([false, true]);
  const offline = first.client.mutate(api.add, { list: "a", rank: 2, text: "of the first" });
  await offline.local;
  first.world.setVisible(false);
  first.world.setVisible(true);
  await realm.advance(20_000);
  expect([first, second].map(({ client }) => client.status.value.isLeader)).toEqual([true, false]);
  const view = first.client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result.value).toEqual(["of the second", "of the first"]);
  expect(deployment.executed).toHaveLength(3);
});
