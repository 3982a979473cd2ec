import { expect, test, vi } from "vitest";
import { BothyError } from "../errors/index.ts";
import { api } from "./fixtures/test-app.ts";
import { createProfile, createScene } from "./fixtures/test-profile.ts";

const files = { areThere: false };

vi.mock("./load-leader.ts", () => ({
  loadLeader: async () => {
    if (files.areThere) return await import("./leader.ts");
    throw new BothyError("client_incomplete", { message: "The file is gone." });
  },
}));

test("[CL46] a tab that can't load what a leader needs shows and keeps changes, stands in nobody's way, and tries again", async () => {
  const { realm, deployment } = createScene();
  const profile = createProfile(realm);
  const { client, world } = profile.openTab();
  await client.mutate(api.join, { list: "a" }).local;
  await client.mutate(api.add, { list: "a", rank: 1, text: "kept" }).local;
  const view = client.query(api.inList, { list: "a" });
  view.subscribe(() => undefined);
  await realm.advance(5_000);
  expect(view.result.value).toEqual(["kept"]);
  expect(client.status.value).toMatchObject({ state: "offline", pendingCount: 2, isLeader: false });
  expect(client.status.value.error).toMatchObject({ code: "client_incomplete" });
  expect(deployment.hellos).toEqual([]);
  files.areThere = true;
  const other = profile.openTab();
  await realm.advance(5_000);
  expect(other.client.status.value).toMatchObject({ isLeader: true, state: "online" });
  expect(client.status.value).toMatchObject({ pendingCount: 0, isLeader: false });
  await other.client.close();
  world.setOnline(true);
  await realm.advance(5_000);
  expect(client.status.value).toMatchObject({ isLeader: true, state: "online", error: null });
});
