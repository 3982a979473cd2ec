import { expect, test } from "vitest";
import { BothyError } from "../errors/index.ts";
import type { ClientStorage } from "../storage/index.ts";
import { api } from "./fixtures/test-app.ts";
import { createProfile, createScene } from "./fixtures/test-profile.ts";

/** A storage that takes its time over what is written, in the order in which it was asked, or refuses it. */
function slowStorage() {
  const disk = { isSlow: false, isFull: false };
  let waiting: (() => void)[] = [];
  const held =
    <Args extends unknown[], Result>(write: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (disk.isFull) throw new BothyError("storage_full", { message: "No room." });
      if (disk.isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
      return await write(...args);
    };
  const wrap = (storage: ClientStorage): ClientStorage => ({
    ...storage,
    write: held(storage.write),
    appendOutbox: held(storage.appendOutbox),
    removeOutbox: held(storage.removeOutbox),
  });
  const letGo = (): void => {
    disk.isSlow = false;
    for (const resolve of waiting.splice(0)) resolve();
    waiting = [];
  };
  return { disk, wrap, letGo };
}

test("[CL6] what is discarded or made again in the moment of its refusal does not come back", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { client } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).server;
  deployment.missing.add("shared/notes:add");
  // An app that decides by itself, as soon as it hears.
  const seen = new Set<number>();
  client.rejected.subscribe(() => {
    for (const { n } of client.rejected.value) {
      if (seen.has(n)) continue;
      seen.add(n);
      deployment.missing.clear();
      if (n === 2) void client.discard(n);
      else client.retry(n, { list: "a", rank: 2, text: "again" }).server.catch(() => undefined);
    }
  });
  client.mutate(api.add, { list: "a", rank: 1, text: "one" });
  await realm.advance(3_000);
  deployment.missing.add("shared/notes:add");
  client.mutate(api.add, { list: "a", rank: 2, text: "two" });
  await realm.advance(3_000);
  expect([...seen]).toEqual([2, 3]);
  expect(deployment.docs.rows("notes").map(({ document }) => document["text"])).toEqual(["again"]);
  expect(client.rejected.value).toEqual([]);
  await client.close();
  const next = profile.openTab();
  await realm.settle();
  expect(next.client.rejected.value).toEqual([]);
});

test("[CL6] [C4] what was refused stays listed when another tab discards something else before it is stored", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { wrap, disk, letGo } = slowStorage();
  const first = profile.openTab({ wrap }).client;
  await first.mutate(api.join, { list: "a" }).server;
  const second = profile.openTab().client;
  deployment.missing.add("shared/notes:add");
  await first.mutate(api.add, { list: "a", rank: 1, text: "one" }).server.catch(() => undefined);
  await realm.advance(3_000);
  expect([first, second].map(({ rejected }) => rejected.value.map(({ n }) => n))).toEqual([[2], [2]]);
  await second.mutate(api.add, { list: "a", rank: 2, text: "two" }).local;
  disk.isSlow = true;
  await realm.settle();
  expect(first.rejected.value.map(({ n }) => n)).toEqual([2, 3]);
  await second.discard(2);
  await realm.settle();
  letGo();
  await realm.advance(3_000);
  expect([first, second].map(({ rejected }) => rejected.value.map(({ n }) => n))).toEqual([[3], [3]]);
});
