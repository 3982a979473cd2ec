import { expect, test } from "vitest";
import { documentKeys, tableOf } from "../schema/index.ts";
import { api, schema } from "./fixtures/test-app.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { createProfile, createScene, stateOf } from "./fixtures/test-profile.ts";

const closed = (version: number) => noteRow(0, "a", "closed", version);

test("[CL1] a mutation is shown at once, is durable when local resolves, and is answered", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  const seen: unknown[] = [];
  client.watch(api.inList, { list: "a" }, ({ value, complete }) => seen.push([value, complete]));
  const { local, server } = client.mutate(api.add, { list: "a", rank: 1, text: "one" });
  await local;
  const id = await server;
  await realm.settle();
  expect(seen.at(-1)).toEqual([["one"], true]);
  expect(deployment.docs.get("notes", id)?.document).toMatchObject({ text: "one" });
  expect(client.status.value).toMatchObject({ state: "online", pendingCount: 0, isLeader: true });
  expect(client.outbox.value).toEqual([]);
});

test("[CL1] offline, a mutation is shown and kept, and goes out after the connection is back", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const first = profile.openTab();
  await first.client.mutate(api.join, { list: "a" }).server;
  deployment.stop();
  await realm.settle();
  const { local, server } = first.client.mutate(api.add, { list: "a", rank: 1, text: "offline" });
  await local;
  expect(first.client.status.value).toMatchObject({ state: "offline", pendingCount: 1 });
  first.world.kill();
  // A reload without a network: everything is there.
  const second = profile.openTab();
  await realm.settle();
  const view = second.client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result).toEqual({ value: ["offline"], complete: true, status: "ok" });
  expect(second.client.outbox.value).toMatchObject([{ n: 2, name: "shared/notes:add", args: { text: "offline" } }]);
  deployment.start();
  await realm.advance(20_000);
  expect(second.client.status.value).toMatchObject({ state: "online", pendingCount: 0 });
  expect(deployment.docs.rows("notes")).toHaveLength(1);
  expect(await stateOf(server)).toBe("waiting");
});

test("[CL6] a mutation that the deployment rejects is rolled back, listed, and can be retried and discarded", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { client } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  deployment.stop();
  await realm.settle();
  const { local, server } = client.mutate(api.addUnlessClosed, { list: "a", rank: 5, text: "late" });
  await local;
  await client.mutate(api.addUnlessClosed, { list: "a", rank: 6, text: "later" }).local;
  await deployment.write((docs) => {
    docs.put("notes", closed(deployment.version));
  });
  deployment.start();
  await realm.advance(20_000);
  expect(await stateOf(server)).toEqual({ refused: { reason: "closed" } });
  const view = client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result.value).toEqual(["closed"]);
  expect(client.rejected.value).toMatchObject([
    { n: 2, state: "rejected", args: { text: "late" } },
    { n: 3, state: "rejected", args: { text: "later" } },
  ]);
  await deployment.write((docs) => void docs.remove("notes", closed(0).id));
  deployment.pokeAll();
  await realm.settle();
  await client.discard(2);
  const retried = client.retry(3, { list: "a", rank: 7, text: "edited" });
  await retried.server;
  await realm.settle();
  expect(client.rejected.value).toEqual([]);
  expect(view.result.value).toEqual(["edited"]);
  const next = profile.openTab();
  await realm.settle();
  expect(next.client.rejected.value).toEqual([]);
});

test("[CL3] [TX13] what adds to a field is put on top of what others have made of it", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { client } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await client.mutate(api.add, { list: "a", rank: 1, text: "one" }).server;
  await realm.settle();
  deployment.stop();
  await realm.settle();
  await client.mutate(api.lift, { list: "a" }).local;
  await client.mutate(api.lift, { list: "a" }).local;
  const [row] = deployment.docs.rows("notes");
  const document = { ...(row?.document ?? expect.fail("there is a note")), rank: 10 };
  const keys = documentKeys(tableOf(schema, "notes"), document);
  await deployment.write((docs) =>
    docs.put("notes", { id: document._id, version: deployment.version, keys, document }),
  );
  deployment.start();
  await realm.advance(20_000);
  expect(deployment.docs.rows("notes")[0]?.document).toMatchObject({ rank: 12 });
  expect(client.outbox.value).toEqual([]);
});
