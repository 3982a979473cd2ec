import { expect, test } from "vitest";
import { api } from "./fixtures/test-app.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { createProfile, createScene } from "./fixtures/test-profile.ts";

test("[CL14] what one did oneself does not vanish: not when it is acknowledged, and not when it opens what it lies in", async () => {
  const { realm, deployment } = createScene();
  // Each row in a part of its own: what counts is the whole poke.
  deployment.rowsPerPart = 1;
  const profile = createProfile(realm);
  const [first, second] = [profile.openTab().client, profile.openTab().client];
  await first.mutate(api.join, { list: "a" }).server;
  await deployment.write((docs) => {
    for (let rank = 1; rank < 20; rank++) docs.put("notes", noteRow(rank, "b", `other ${rank}`, deployment.version));
  });
  const seen = [first, second].map((client) => {
    const texts: (readonly string[])[] = [];
    const view = client.query(api.inList, { list: "b" });
    view.subscribe(() => texts.push(view.result.value ?? []));
    return texts;
  });
  await realm.settle();
  // Of a list that this device does not hold yet.
  void first.mutate(api.join, { list: "b" });
  const { local, server } = first.mutate(api.add, { list: "b", rank: 50, text: "mine" });
  await local;
  await server;
  await first.group([
    [api.leave, { list: "a" }],
    [api.add, { list: "b", rank: 51, text: "mine too" }],
  ]).server;
  await realm.settle();
  for (const texts of seen) {
    for (const mine of ["mine", "mine too"]) {
      const since = texts.findIndex((shown) => shown.includes(mine));
      expect(since).toBeGreaterThanOrEqual(0);
      expect(texts.slice(since).every((shown) => shown.includes(mine))).toBe(true);
    }
    expect(texts.at(-1)).toHaveLength(21);
  }
});

test("[CL14] what a deployment does not let one hold goes once that is known", async () => {
  const { realm } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  const view = client.query(api.inList, { list: "b" });
  view.subscribe(() => {});
  const { local, server } = client.mutate(api.add, { list: "b", rank: 1, text: "elsewhere" });
  await local;
  await realm.settle();
  await server;
  await realm.settle();
  expect(view.result).toMatchObject({ value: [], complete: false });
});

test("[CL14] what lies in the range of a scope that fails stays until the scope works again", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const [first, second] = [profile.openTab().client, profile.openTab().client];
  await first.mutate(api.join, { list: "a" }).server;
  await first.mutate(api.add, { list: "a", rank: 1, text: "before" }).server;
  const seen = [first, second].map((client) => {
    const texts: (readonly string[])[] = [];
    const view = client.query(api.inList, { list: "a" });
    view.subscribe(() => texts.push(view.result.value ?? []));
    return texts;
  });
  await realm.settle();
  deployment.isScopeFailing = true;
  deployment.pokeAll();
  await realm.settle();
  await first.mutate(api.add, { list: "a", rank: 2, text: "mine" }).server;
  await second.mutate(api.append, { list: "a", text: "!" }).server;
  await realm.settle();
  expect([first.outbox.value, first.status.value.failedScopes.length]).toEqual([[], 1]);
  for (const texts of seen) expect(texts.at(-1)).toEqual(["before!", "mine"]);
  deployment.isScopeFailing = false;
  deployment.pokeAll();
  await realm.settle();
  await first.mutate(api.append, { list: "a", text: "?" }).server;
  await realm.settle();
  for (const texts of seen) {
    const since = texts.findIndex((shown) => shown.includes("mine"));
    expect(texts.slice(since).every((shown) => shown.includes("mine"))).toBe(true);
    expect(texts.at(-1)).toEqual(["before!?", "mine"]);
  }
});
