import { expect, test } from "vitest";
import { BothyError } from "../errors/index.ts";
import { createFunctions } from "../functions/index.ts";
import { api, app } from "./fixtures/test-app.ts";
import { createProfile, createScene, stateOf } from "./fixtures/test-profile.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { openMemoryStorage } from "../storage/index.ts";
import { outboxLimits } from "./mutations.ts";

test("[CL8] equal queries share one run, and a result that says the same keeps its identity", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await client.mutate(api.join, { list: "b" }).server;
  await client.mutate(api.add, { list: "a", rank: 1, text: "one" }).server;
  const first = client.query(api.inList, { list: "a" });
  const second = client.query(api.inList, { list: "a" });
  let count = 0;
  first.subscribe(() => count++);
  await realm.settle();
  const before = first.result;
  expect(second.result).toBe(before);
  // Another list, another device's poke, this device's own acknowledgement: none of them says anything new here.
  count = 0;
  await client.mutate(api.add, { list: "b", rank: 1, text: "other" }).server;
  await deployment.write((docs) => docs.put("notes", noteRow(1, "b", "more", deployment.version)));
  deployment.pokeAll();
  await realm.settle();
  expect([first.result === before, count]).toEqual([true, 0]);
});

test("[CL8] all results of one change are in place before the first listener hears of it", async () => {
  const { realm } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  const one = client.query(api.inList, { list: "a" });
  const other = client.query(api.inList, { list: "b" });
  const seen: unknown[] = [];
  for (const view of [one, other]) view.subscribe(() => seen.push([one.result.value, other.result.value]));
  await realm.settle();
  seen.length = 0;
  // One mutation that writes what both read.
  await client.mutate(api.add, { list: "a", rank: 1, text: "a" }).local;
  await client.mutate(api.add, { list: "b", rank: 1, text: "b" }).local;
  expect(seen).toEqual([
    [["a"], []],
    [["a"], ["b"]],
  ]);
});

test("[CL8] an answer is complete when the ranges that it rests on are held", async () => {
  const { realm } = createScene();
  const { client } = createProfile(realm).openTab();
  const view = client.query(api.inList, { list: "a" });
  const states: unknown[] = [[view.result.status, view.result.complete]];
  view.subscribe(() => states.push([view.result.status, view.result.complete]));
  await realm.settle();
  await client.mutate(api.join, { list: "a" }).server;
  await client.mutate(api.leave, { list: "a" }).server;
  expect(states).toEqual([
    // The storage is being read; nothing was ever received; the first poke; the list; the list is gone.
    ["loading", false],
    ["loading", false],
    ["ok", false],
    ["ok", true],
    ["ok", false],
  ]);
});

test("[SY10] what a device may no longer see leaves results, memory and storage", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { client } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await client.mutate(api.add, { list: "a", rank: 1, text: "secret" }).server;
  const view = client.query(api.inList, { list: "a" });
  view.subscribe(() => undefined);
  await realm.settle();
  expect(view.result.value).toEqual(["secret"]);
  await deployment.write((docs) => {
    for (const { id } of docs.rows("members")) docs.remove("members", id);
  });
  deployment.pokeAll();
  await realm.settle();
  expect(view.result).toMatchObject({ value: [], complete: false });
  await realm.advance(5_000);
  const stored = [...profile.disk.rowsByStore].flatMap(([store, rows]) =>
    [...rows.values()].map(({ row }) => [store, row]),
  );
  const texts = stored.map(([store, row]) => `${String(store)} ${textOf(row)}`);
  // What the user wrote itself stays among the retained calls, for a deployment that is restored.
  expect(texts.filter((text) => text.includes("secret") && !text.startsWith("retained"))).toEqual([]);
});

function textOf(row: unknown): string {
  if (typeof row === "object" && row !== null && "bytes" in row && row.bytes instanceof Uint8Array) {
    return new TextDecoder().decode(row.bytes);
  }
  return JSON.stringify(row);
}

test("[CL3] what is pending stays on top of newer rows, in its order", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await client.mutate(api.add, { list: "a", rank: 9, text: "base" }).server;
  const view = client.query(api.inList, { list: "a" });
  const seen: unknown[] = [];
  view.subscribe(() => seen.push(view.result.value));
  await realm.settle();
  deployment.stop();
  await realm.settle();
  await client.mutate(api.append, { list: "a", text: "+1" }).local;
  await client.mutate(api.append, { list: "a", text: "+2" }).local;
  await deployment.write((docs) => docs.put("notes", noteRow(1, "a", "first", deployment.version)));
  deployment.start();
  await realm.advance(20_000);
  expect(seen).toEqual([["base"], ["base+1"], ["base+1+2"], ["first+1+2", "base"]]);
});

test("[CL1] [CL6] a mutation that throws on what this device knows wholly is refused at once and never sent", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  const known = client.mutate(api.append, { list: "a", text: "x" });
  await expect(known.local).rejects.toMatchObject({ data: { reason: "empty" } });
  await expect(known.server).rejects.toMatchObject({ data: { reason: "empty" } });
  // Of list b nothing is known here, so only the deployment can judge.
  const unknown = client.mutate(api.append, { list: "b", text: "x" });
  await unknown.local;
  await expect(unknown.server).rejects.toMatchObject({ data: { reason: "empty" } });
  expect(deployment.executed.map(({ name }) => name)).toEqual(["shared/notes:join", "shared/notes:append"]);
  expect(client.rejected.value).toMatchObject([{ n: 2 }]);
});

test("[CL1] wrong arguments are refused whatever is known", async () => {
  const { realm } = createScene();
  const { client } = createProfile(realm).openTab();
  const wrong = { list: "a", rank: "1", text: "x" } as unknown as { list: string; rank: number; text: string };
  await expect(client.mutate(api.add, wrong).local).rejects.toMatchObject({ code: "arguments_invalid" });
  await expect(client.mutate(api.add, { list: "a", rank: 1, text: "x".repeat(2_000_000) }).local).rejects.toMatchObject(
    {
      code: "arguments_invalid",
    },
  );
  expect(client.outbox.value).toEqual([]);
});

test("[CL4] a handler that waits for the outside world is refused, and the world is as before", async () => {
  const { realm } = createScene();
  const { client } = createProfile(realm).openTab();
  const before = Date;
  await expect(client.mutate(api.waitForever, {}).local).rejects.toMatchObject({ code: "function_not_deterministic" });
  expect(Date).toBe(before);
  await client.mutate(api.join, { list: "a" }).server;
});

test("[CL4] a replay sees the time, the random numbers and the ids of the first run", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  deployment.stop();
  await realm.settle();
  await client.mutate(api.add, { list: "a", rank: 1, text: "one" }).local;
  await realm.advance(500_000);
  deployment.start();
  await realm.advance(20_000);
  const [row] = deployment.docs.rows("notes");
  expect(row?.document["stamp"]).toBeGreaterThanOrEqual(1_700_000_000_000);
  expect(row?.document["stamp"]).toBeLessThan(1_700_000_000_002);
  expect(row?.document._creationTime).toBe(1_700_000_000_000);
});

test("[CL9] more than the outbox takes is refused as outbox_full, and nothing of it is shown", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  deployment.stop();
  await realm.settle();
  const size = 1_000_000;
  const count = Math.floor(outboxLimits.bytesMax / size);
  for (let i = 0; i < count; i++) await client.mutate(api.append, { list: "b", text: "x".repeat(size) }).local;
  const { local } = client.mutate(api.append, { list: "b", text: "x".repeat(size) });
  await expect(local).rejects.toMatchObject({ code: "outbox_full" });
  expect(client.status.value.pendingCount).toBe(count);
});

test("[CL10] a storage that refuses to write takes the change back and says so", async () => {
  const { realm } = createScene();
  const full = new BothyError("storage_full", { message: "full" });
  let isFull = false;
  const { client } = createProfile(realm).openTab({
    wrap: (storage) => ({
      ...storage,
      appendOutbox: (row, options) => (isFull ? Promise.reject(full) : storage.appendOutbox(row, options)),
    }),
  });
  await client.mutate(api.join, { list: "a" }).server;
  const view = client.query(api.inList, { list: "a" });
  await realm.settle();
  isFull = true;
  const call = client.mutate(api.add, { list: "a", rank: 1, text: "too much" });
  await expect(call.local).rejects.toMatchObject({ code: "storage_full" });
  await expect(call.server).rejects.toMatchObject({ code: "storage_full" });
  expect(view.result.value).toEqual([]);
  expect(client.outbox.value).toEqual([]);
});

test("[CL10] without a storage the client works in memory, and says so", async () => {
  const { realm, deployment } = createScene();
  const { createClient } = await import("./client.ts");
  const broken = Promise.reject(new BothyError("storage_unavailable", { message: "private window" }));
  const client = createClient({ app, url: "http://deployment", storage: broken, world: realm.openTab() });
  await client.mutate(api.join, { list: "a" }).server;
  expect(client.status.value).toMatchObject({ state: "online", storageMode: "memory", isLeader: true });
  expect(deployment.executed).toHaveLength(1);
});

test("[CL10] a poke that can't be stored is shown all the same, and the next start asks for it again", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  let isFull = false;
  const { client } = profile.openTab({
    wrap: (storage) => ({
      ...storage,
      write: (operations, options) =>
        isFull && operations.some(({ store }) => store === "log")
          ? Promise.reject(new BothyError("storage_full", { message: "full" }))
          : storage.write(operations, options),
    }),
  });
  await client.mutate(api.join, { list: "a" }).server;
  await realm.settle();
  isFull = true;
  await client.mutate(api.add, { list: "a", rank: 1, text: "shown" }).server;
  await realm.settle();
  expect(client.status.value).toMatchObject({ storageMode: "full" });
  isFull = false;
  await client.mutate(api.add, { list: "a", rank: 2, text: "after" }).server;
  await client.close();
  const next = profile.openTab();
  const view = next.client.query(api.inList, { list: "a" });
  view.subscribe(() => undefined);
  await realm.advance(20_000);
  expect(view.result.value).toEqual(["shown", "after"]);
  expect(next.client.status.value).toMatchObject({ pendingCount: 0, storageMode: "durable" });
  expect(new Set(deployment.executed.map(({ nonce }) => nonce)).size).toBe(deployment.executed.length);
});

test("[CL8] a server-only query shows its last answer first, and follows over one subscription for all tabs", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab();
  await first.client.mutate(api.join, { list: "a" }).server;
  await first.client.mutate(api.add, { list: "a", rank: 1, text: "one" }).server;
  const second = profile.openTab();
  await realm.settle();
  const views = [first, second].map(({ client }) => client.query(api.count, {}));
  for (const view of views) view.subscribe(() => undefined);
  await realm.settle();
  expect(views.map(({ result }) => result)).toEqual([
    { value: 1, complete: true, status: "ok" },
    { value: 1, complete: true, status: "ok" },
  ]);
  await first.client.mutate(api.add, { list: "a", rank: 2, text: "two" }).server;
  await realm.settle();
  expect(views.map(({ result }) => result.value)).toEqual([2, 2]);
  first.world.kill();
  second.world.kill();
  deployment.stop();
  const third = profile.openTab();
  const view = third.client.query(api.count, {});
  view.subscribe(() => undefined);
  await realm.settle();
  expect(view.result).toEqual({ value: 2, complete: false, status: "updating" });
});

test("[CL8] [C9] the stored answer of a query that nobody watches goes when a range is lost, one that is watched stays", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab();
  await first.client.mutate(api.join, { list: "a" }).server;
  await first.client.mutate(api.join, { list: "b" }).server;
  const view = first.client.query(api.count, {});
  const stop = view.subscribe(() => undefined);
  await realm.settle();
  const answerCount = async (): Promise<number> => (await openMemoryStorage(profile.disk).list("result")).length;
  await first.client.mutate(api.leave, { list: "b" }).server;
  await realm.settle();
  expect(await answerCount()).toBe(1);
  stop();
  await realm.advance(10_000);
  await first.client.mutate(api.leave, { list: "a" }).server;
  await realm.settle();
  expect(await answerCount()).toBe(0);
  expect(deployment.faults).toEqual([]);
});

test.each([
  ["another tab", 0, 1],
  ["the tab that leads", 1, 0],
])(
  "[CL8] a server-only query that was answered before is answered again for %s that comes to it later",
  async (_, before, later) => {
    const { realm } = createScene();
    const profile = createProfile(realm);
    const tabs = [profile.openTab()];
    await tabs[0]?.client.mutate(api.join, { list: "a" }).server;
    tabs.push(profile.openTab());
    await realm.settle();
    const results: unknown[][] = [[], []];
    for (const at of [before, later]) {
      tabs[at]?.client.watch(api.count, {}, ({ value, status }) => results[at]?.push([value, status]));
      await realm.settle();
    }
    expect(results[before]).toEqual([
      [undefined, "loading"],
      [0, "ok"],
    ]);
    expect(results[later]).toEqual([
      [undefined, "loading"],
      [0, "updating"],
      [0, "ok"],
    ]);
  },
);

test("[CL1] a server-only mutation is refused while offline, and runs online", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  expect(await client.mutate(api.touch, {}).server).toBe("touched");
  deployment.stop();
  await realm.settle();
  const call = client.mutate(api.touch, {});
  await expect(call.local).rejects.toMatchObject({ code: "offline" });
  expect(await stateOf(call.server)).toEqual({ refused: "offline" });
});

test("[CL7] the identity is known offline, and functions on the device see it", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab();
  await first.client.mutate(api.join, { list: "a" }).server;
  await first.client.close();
  deployment.stop();
  const { client } = profile.openTab();
  const view = client.query(api.whoAmI, {});
  await realm.settle();
  expect(view.result.value).toBe("user-1");
  expect(client.status.value.identity).toMatchObject({ subject: "user-1" });
});

test("[CL7] rows of another schema are shown until the deployment has sent them again, and the outbox stays", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab();
  await first.client.mutate(api.join, { list: "a" }).server;
  await first.client.mutate(api.add, { list: "a", rank: 1, text: "one" }).server;
  deployment.stop();
  await realm.settle();
  await first.client.mutate(api.add, { list: "a", rank: 2, text: "two" }).local;
  await first.client.close();
  const { defineSchema, defineTable, schemaHash } = await import("../schema/index.ts");
  const { v } = await import("../values/index.ts");
  const { query } = createFunctions();
  const schema = defineSchema({ notes: defineTable(v.any()).index("by_list", ["list"]) });
  const all = query({
    handler: async ({ db }) => (await db.query("notes").collect()).map(({ text }) => JSON.stringify(text)).sort(),
  });
  const { client } = profile.openTab({
    app: { schema, shared: { "shared/notes": { ...app.shared["shared/notes"], all } } },
  });
  const view = client.query("shared/notes:all" as unknown as typeof api.whoAmI, {});
  await realm.settle();
  expect(view.result).toMatchObject({ value: ['"one"', '"two"'], complete: false });
  expect(client.outbox.value).toHaveLength(1);
  expect(schemaHash(schema)).not.toBe(schemaHash(app.schema));
});

test("[CL7] destroying the local data leaves nothing, and closing leaves everything", async () => {
  const { realm } = createScene();
  const profile = createProfile(realm);
  const { client } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await realm.settle();
  await client.destroyLocal();
  expect([...profile.disk.rowsByStore]).toEqual([]);
  await expect(client.mutate(api.join, { list: "b" }).local).rejects.toMatchObject({ code: "shutting_down" });
});

test("[CL8] a query that nobody watches is forgotten after a while", async () => {
  const { realm } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  const stop = client.query(api.inList, { list: "a" }).subscribe(() => undefined);
  await realm.settle();
  const { result } = client.query(api.inList, { list: "a" });
  stop();
  expect(client.query(api.inList, { list: "a" }).result).toBe(result);
  await realm.advance(10_000);
  expect(client.query(api.inList, { list: "a" }).result.status).toBe("loading");
});
