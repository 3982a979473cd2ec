import { expect, test } from "vitest";
import { fieldDigests } from "../protocol/index.ts";
import { stringifyValue } from "../values/index.ts";
import { api } from "./fixtures/test-app.ts";
import { createProfile, createScene } from "./fixtures/test-profile.ts";

test("[SY70] a device tells a deployment under development what its run wrote, and no other one", async () => {
  for (const isDev of [true, false]) {
    const { realm, deployment } = createScene();
    deployment.isDev = isDev;
    const { client } = createProfile(realm).openTab();
    await client.mutate(api.join, { list: "a" }).server;
    await realm.settle();
    const at = deployment.version;
    const id = await client.mutate(api.add, { list: "a", rank: 1, text: "one" }).server;
    const document = deployment.docs.get("notes", id)?.document;
    if (document === undefined) throw new Error("the note is not there");
    const told = { at, documents: [["notes", id, fieldDigests(stringifyValue(document))]] };
    expect(deployment.pushed.at(-1)?.wrote).toEqual(isDev ? told : undefined);
    await client.mutate(api.clear, { list: "a" }).server;
    expect(deployment.pushed.at(-1)?.wrote?.documents).toEqual(isDev ? [["notes", id, null]] : undefined);
    expect(deployment.faults).toEqual([]);
    await client.close();
  }
});

test("[SY70] nothing is told of a run that read what the device does not hold, nor of one that wrote very much", async () => {
  const { realm, deployment } = createScene();
  deployment.isDev = true;
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  // Of a list that this device does not hold.
  await client.mutate(api.addUnlessClosed, { list: "b", rank: 1, text: "one" }).server;
  await client.mutate(api.touch, {}).server;
  const many = Array.from({ length: 51 }, (_, rank) => [api.add, { list: "a", rank, text: "n" }] as const);
  await client.group(many).server;
  expect(deployment.pushed.slice(1).map(({ wrote }) => wrote)).toEqual([undefined, undefined, undefined]);
  await client.group(many.slice(0, 50)).server;
  expect(deployment.pushed.at(-1)?.wrote?.documents.length).toBe(50);
});

test("[CL47] what a deployment warns of is printed once for each function", async () => {
  const { realm, deployment } = createScene();
  const { client, world } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  deployment.warn("notes:add", "first");
  await realm.settle();
  deployment.dropSockets();
  await realm.advance(5_000);
  deployment.warn("notes:add", "again");
  deployment.warn("notes:join", "another");
  await realm.settle();
  expect(world.warnings).toEqual(["first", "another"]);
});
