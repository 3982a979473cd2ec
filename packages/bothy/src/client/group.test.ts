import { expect, expectTypeOf, test } from "vitest";
import { limits } from "../values/index.ts";
import { api } from "./fixtures/test-app.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { createProfile, createScene } from "./fixtures/test-profile.ts";
import type { MutationPromises } from "./index.ts";

const add = (text: string, rank = 1) => [api.add, { list: "a", rank, text }] as const;

async function online() {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { client, world } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await realm.settle();
  const view = client.query(api.inList, { list: "a" });
  view.subscribe(() => {});
  await realm.settle();
  return { realm, deployment, profile, client, world, view };
}

test("[CL11] the calls of a group are shown, stored and applied as one, and their results are a list", async () => {
  const { realm, deployment, client, view } = await online();
  const seen: unknown[] = [];
  view.subscribe(() => seen.push(view.result.value));
  const { local, server } = client.group([add("one"), add("two", 2), [api.append, { list: "a", text: "!" }]]);
  expectTypeOf(client.group([add("one"), [api.clear, { list: "a" }]])).toEqualTypeOf<
    MutationPromises<[string, number]>
  >();
  await local;
  expect(client.outbox.value[0]).toMatchObject({ name: "group" });
  const [first, second, third] = await server;
  await realm.settle();
  // Never one without the others; the second group has cleared the list.
  expect(seen[0]).toEqual(["one!", "two"]);
  expect(new Set(seen.map((value) => JSON.stringify(value)))).not.toContain(JSON.stringify(["one"]));
  expect([first === second, third]).toEqual([false, null]);
  expect(deployment.docs.rows("notes")).toEqual([]);
  expect(client.outbox.value).toEqual([]);
});

test("[CL11] one call that throws on the device refuses the whole group, and nothing of it is shown or sent", async () => {
  const { realm, deployment, client, view } = await online();
  const { local, server } = client.group([add("one"), add("forbidden")]);
  await expect(local).rejects.toMatchObject({ data: { reason: "forbidden" } });
  await expect(server).rejects.toMatchObject({ data: { reason: "forbidden" } });
  await realm.settle();
  expect(view.result.value).toEqual([]);
  expect(deployment.executed.filter(({ name }) => name === "group")).toEqual([]);
});

test("[CL11] a group that the deployment rejects is taken back whole, listed as one, and retried as one", async () => {
  const { realm, deployment, client, view } = await online();
  deployment.stop();
  await realm.settle();
  const late = [api.addUnlessClosed, { list: "a", rank: 3, text: "late" }] as const;
  const { server } = client.group([add("one", 9), late]);
  await realm.settle();
  expect(view.result.value).toEqual(["late", "one"]);
  await deployment.write((docs) => {
    docs.put("notes", noteRow(0, "a", "closed", deployment.version));
  });
  deployment.start();
  await realm.advance(20_000);
  await expect(server).rejects.toMatchObject({ data: { reason: "closed" } });
  expect(view.result.value).toEqual(["closed"]);
  expect(client.rejected.value).toMatchObject([{ n: 2, name: "group", state: "rejected" }]);
  await deployment.write((docs) => {
    docs.put("notes", noteRow(0, "a", "open", deployment.version));
  });
  deployment.pokeAll();
  await realm.settle();
  await client.retry(2).server;
  await realm.settle();
  expect(view.result.value).toEqual(["open", "late", "one"]);
  expect(client.rejected.value).toEqual([]);
});

test("[CL11] a group survives a reload, and a restored deployment is sent it again as one", async () => {
  const { realm, deployment, profile, client, world } = await online();
  const backup = deployment.backup();
  await client.group([add("one"), add("two", 2)]).server;
  await realm.settle();
  world.kill();
  deployment.restore(backup);
  const again = profile.openTab().client;
  await realm.advance(20_000);
  const view = again.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result.value).toEqual(["one", "two"]);
  expect(deployment.docs.rows("notes")).toHaveLength(2);
});

test("[CL11] a group with a function that is not here has no effect here, and is refused while offline", async () => {
  const { realm, deployment, client, view } = await online();
  const group = () => client.group([add("one"), [api.touch, {}]]);
  const { local, server } = group();
  await local;
  expect(view.result.value).toEqual([]);
  expect(await server).toEqual([expect.any(String), "touched"]);
  await realm.settle();
  expect(view.result.value).toEqual(["one"]);
  deployment.stop();
  await realm.settle();
  await expect(group().local).rejects.toMatchObject({ code: "offline" });
});

test("[CL11] a group has at least one call and no more than its limit", async () => {
  const { client } = await online();
  await expect(client.group([]).local).rejects.toMatchObject({ code: "arguments_invalid" });
  const tooMany = Array.from({ length: limits.groupCallsMax + 1 }, () => add("x"));
  await expect(client.group(tooMany).local).rejects.toMatchObject({ code: "arguments_invalid" });
  await client.group(tooMany.slice(1)).local;
});
