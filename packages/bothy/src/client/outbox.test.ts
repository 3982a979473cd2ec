import { expect, test } from "vitest";
import { api } from "./fixtures/test-app.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { createProfile, createScene } from "./fixtures/test-profile.ts";
import { outboxLimits } from "./mutations.ts";

test("[CL12] the status says how full the outbox is before it takes no more, by bytes and by entries", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  await realm.settle();
  expect(client.status.value.outboxFill).toBe(0);
  deployment.stop();
  await realm.settle();
  await client.mutate(api.append, { list: "b", text: "x" }).local;
  expect(client.status.value.outboxFill).toBe(1 / outboxLimits.entriesMax);
  // A group is one entry, with the bytes of all its calls.
  const half = 500_000;
  const group = () => client.group([0, 1].map(() => [api.append, { list: "b", text: "x".repeat(half) }] as const));
  await group().local;
  const { outboxFill } = client.status.value;
  expect(outboxFill).toBeGreaterThan((2 * half) / outboxLimits.bytesMax);
  const left = Math.floor((1 - outboxFill) / outboxFill);
  for (let i = 0; i < left; i++) await group().local;
  const pending = client.outbox.value.length;
  await expect(group().local).rejects.toMatchObject({ code: "outbox_full" });
  expect(client.outbox.value).toHaveLength(pending);
  // What is small still has room, and all of it is sent once there is a connection.
  await client.mutate(api.append, { list: "b", text: "x" }).local;
  deployment.start();
  await realm.advance(60_000);
  expect(client.status.value).toMatchObject({ outboxFill: 0, pendingCount: 0 });
});

test("[CL13] a mutation that is parked holds up neither those behind it nor what others change", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  const view = client.query(api.inList, { list: "a" });
  view.subscribe(() => {});
  deployment.missing.add("shared/notes:append");
  const parked = client.mutate(api.append, { list: "b", text: "!" });
  const behind = client.mutate(api.add, { list: "a", rank: 2, text: "behind" });
  const group = client.group([
    [api.append, { list: "a", text: "!" }],
    [api.add, { list: "a", rank: 3, text: "never alone" }],
  ]);
  const last = client.mutate(api.add, { list: "a", rank: 4, text: "last" });
  await expect(parked.server).rejects.toMatchObject({ code: "function_missing" });
  await expect(group.server).rejects.toMatchObject({ code: "function_missing" });
  await behind.server;
  await last.server;
  await deployment.write((docs) => docs.put("notes", noteRow(1, "a", "of another", deployment.version)));
  deployment.pokeAll();
  await realm.settle();
  expect(view.result.value).toEqual(["of another", "behind", "last"]);
  expect(client.rejected.value.map(({ n, state }) => [n, state])).toEqual([
    [2, "parked"],
    [4, "parked"],
  ]);
  // They are tried again by themselves once the functions are back.
  deployment.missing.clear();
  await realm.advance(60_000);
  deployment.stop();
  await realm.settle();
  deployment.start();
  await realm.advance(20_000);
  expect(view.result.value).toContain("never alone");
  expect(client.rejected.value.map(({ n }) => n)).not.toContain(4);
});
