import { expect, test } from "vitest";
import { api } from "./fixtures/test-app.ts";
import { createProfile, createScene, stateOf, type TestTab } from "./fixtures/test-profile.ts";

/** Two tabs of one profile, in which Ann has written; what was told of her is watched from then on. */
async function createAnn() {
  const scene = createScene();
  const { realm } = scene;
  const profile = createProfile(realm);
  const tabs = [profile.openTab(), profile.openTab()] as const;
  await tabs[0].client.mutate(api.join, { list: "a" }).server;
  await tabs[0].client.mutate(api.add, { list: "a", rank: 1, text: "secret of ann" }).server;
  await realm.settle();
  const views = tabs.map(({ client }) => client.query(api.inList, { list: "a" }));
  const shown: unknown[][] = [[], []];
  for (const [place, view] of views.entries()) view.subscribe(() => shown[place]?.push(view.result.value));
  await realm.settle();
  for (const view of views) expect(view.result.value).toEqual(["secret of ann"]);
  return { ...scene, profile, tabs, views, shown };
}

const identityOf = ({ client }: TestTab): string | undefined => client.status.value.identity?.subject;

test("[CL36] after a sign-out nothing of the user is shown, stored or told, in any tab, and the next user is another", async () => {
  const { realm, deployment, profile, tabs, views, shown } = await createAnn();
  const counts: string[] = [];
  tabs[0].client.watch(api.count, {}, ({ status }) => counts.push(status));
  await realm.settle();
  expect(counts).toEqual(["loading", "ok"]);
  for (const list of shown) list.length = 0;
  // Of the tab that does not lead: the other is moved with it.
  await tabs[1].client.signOut();
  await realm.settle();
  expect(views.map(({ result }) => result.value)).toEqual([[], []]);
  expect(JSON.stringify(shown)).not.toContain("secret");
  // Answers of the deployment were the first user's too.
  expect(counts).toEqual(["loading", "ok", "loading", "ok"]);
  expect(tabs.map(identityOf)).toEqual(["user-2", "user-2"]);
  expect(tabs.map(({ client }) => client.status.value.isLeader).filter(Boolean)).toHaveLength(1);
  const stored = JSON.stringify(
    [...profile.disk.rowsByStore].map(([, rows]) => [...rows.values()]),
    (_, value: unknown) => (value instanceof Uint8Array ? new TextDecoder().decode(value) : value),
  );
  expect(stored).not.toContain("secret");
  expect(stored).not.toContain("user-1");
  expect(profile.disk.kept.size).toBe(0);
  expect(new Set(deployment.hellos.map(({ device }) => device.key)).size).toBe(2);
  // All goes on for the next.
  await tabs[0].client.mutate(api.join, { list: "b" }).server;
  await tabs[1].client.mutate(api.add, { list: "b", rank: 1, text: "of ben" }).server;
  const view = tabs[0].client.query(api.inList, { list: "b" });
  await realm.settle();
  expect(view.result).toMatchObject({ value: ["of ben"], complete: true });
  // A start finds the next user, and no eviction.
  for (const { client } of tabs) await client.close();
  const next = profile.openTab();
  await realm.advance(5_000);
  expect(identityOf(next)).toBe("user-2");
  expect(next.client.status.value.evicted).toBe(null);
});

test("[CL37] a sign-out that would lose changes is refused with their number, in every tab, and nothing has changed", async () => {
  const { realm, deployment, tabs, views } = await createAnn();
  deployment.stop();
  await realm.settle();
  await tabs[0].client.mutate(api.add, { list: "a", rank: 2, text: "unsent" }).local;
  await realm.settle();
  for (const { client } of tabs) {
    await expect(client.signOut()).rejects.toMatchObject({ code: "unsent_changes", details: { count: 1 } });
  }
  deployment.start();
  await realm.advance(20_000);
  expect(views.map(({ result }) => result.value)).toEqual([
    ["secret of ann", "unsent"],
    ["secret of ann", "unsent"],
  ]);
  expect(tabs.map(identityOf)).toEqual(["user-1", "user-1"]);
  await tabs[1].client.signOut();
  expect(deployment.docs.rows("notes")).toHaveLength(2);
});

test("[CL37] what is to be discarded is, and its callers are told", async () => {
  const { realm, deployment, tabs } = await createAnn();
  deployment.stop();
  await realm.settle();
  const call = tabs[0].client.mutate(api.add, { list: "a", rank: 2, text: "unsent" });
  await call.local;
  await tabs[0].client.signOut({ discardUnsent: true });
  expect(await stateOf(call.server)).toEqual({ refused: "signed_out" });
  deployment.start();
  await realm.advance(20_000);
  expect(deployment.docs.rows("notes")).toHaveLength(1);
  expect(tabs.map(({ client }) => client.status.value.pendingCount)).toEqual([0, 0]);
});

test("[CL37] data that is kept aside is listed, is no other user's, and goes on where it was for the same user", async () => {
  const { realm, deployment, tabs, views, shown } = await createAnn();
  deployment.stop();
  await realm.settle();
  await tabs[0].client.mutate(api.add, { list: "a", rank: 2, text: "unsent" }).local;
  await realm.settle();
  await tabs[0].client.signOut({ keep: true });
  for (const list of shown) list.length = 0;
  await realm.settle();
  const kept = await tabs[1].client.listKept();
  expect(kept).toMatchObject([{ user: "user-1", unsentCount: 1 }]);
  deployment.start();
  await realm.advance(20_000);
  expect(tabs.map(identityOf)).toEqual(["user-2", "user-2"]);
  expect(JSON.stringify(shown)).not.toContain("secret");
  expect(deployment.docs.rows("notes")).toHaveLength(1);
  // Ann again, while Ben's data is kept in turn.
  await tabs[1].client.switchUser({ user: "user-1", keep: true });
  await realm.advance(20_000);
  expect(tabs.map(identityOf)).toEqual(["user-1", "user-1"]);
  expect(views.map(({ result }) => result.value)).toEqual([
    ["secret of ann", "unsent"],
    ["secret of ann", "unsent"],
  ]);
  expect(deployment.docs.rows("notes")).toHaveLength(2);
  const [ben] = await tabs[0].client.listKept();
  expect(ben).toMatchObject({ user: "user-2", unsentCount: 0 });
  await tabs[0].client.deleteKept(ben?.name ?? "");
  expect(await tabs[1].client.listKept()).toEqual([]);
});

test("[CL36] who brings a token is that user at the first contact", async () => {
  const { realm, deployment, tabs } = await createAnn();
  const other = createProfile(realm).openTab();
  await other.client.mutate(api.join, { list: "b" }).server;
  const ben = identityOf(other);
  await tabs[0].client.switchUser({ token: `${deployment.server}:${ben}` });
  await realm.advance(1_000);
  expect(tabs.map(identityOf)).toEqual([ben, ben]);
  expect(deployment.hellos.at(-1)?.token).toBe(`${deployment.server}:${ben}`);
});

test("[CL36] a frozen tab shows nothing of the next user's device when it wakes, and follows", async () => {
  const { realm, tabs } = await createAnn();
  await realm.settle();
  tabs[0].world.setFrozen(true);
  await tabs[1].client.signOut({ keep: true });
  await realm.advance(10_000);
  expect(identityOf(tabs[1])).toBe("user-2");
  tabs[0].world.setFrozen(false);
  await realm.advance(1_000);
  expect(tabs.map(identityOf)).toEqual(["user-2", "user-2"]);
  expect(tabs[0].client.query(api.inList, { list: "a" }).result.value).toEqual([]);
  expect(tabs.map(({ client }) => client.status.value.isLeader)).toEqual([false, true]);
});
