import { expect, test } from "vitest";
import { defineSchema, defineTable, type RangeSpec } from "../schema/index.ts";
import type { Json } from "../protocol/index.ts";
import { openMemoryStorage } from "../storage/index.ts";
import { v } from "../values/index.ts";
import { api, app } from "./fixtures/test-app.ts";
import type { TestDeployment } from "./fixtures/test-deployment.ts";
import { createProfile, createScene, type TestTab } from "./fixtures/test-profile.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { holdLimits } from "./leader-holds.ts";

const { ofList } = api;

const listOf = (args: Json): string =>
  typeof args === "object" && args !== null && "list" in args ? JSON.stringify(args["list"]).slice(1, -1) : "";
const specsOf = (args: Json): readonly RangeSpec[] => [{ table: "notes", index: "by_list", prefix: [listOf(args)] }];

/** A deployment whose lists are held on demand only, with two notes in list "a" and one in "b". */
async function createHoldScene(leaseMs?: number) {
  const scene = createScene();
  const { deployment, realm } = scene;
  deployment.scope = (user) => [{ table: "members", index: "by_user", prefix: [user] }];
  deployment.onDemand = new Map([["scopes:ofList", { specs: specsOf, ...(leaseMs !== undefined && { leaseMs }) }]]);
  await deployment.write((docs) => {
    docs.put("notes", noteRow(1, "a", "one", 1));
    docs.put("notes", noteRow(2, "a", "two", 1));
    docs.put("notes", noteRow(3, "b", "three", 1));
  });
  return { deployment, realm, profile: createProfile(realm) };
}

function watch({ client }: TestTab, list: string) {
  const view = client.query(api.inList, { list });
  view.subscribe(() => undefined);
  return view;
}

const holdsOf = (deployment: TestDeployment) => deployment.hellos.at(-1)?.holds?.map(({ args }) => listOf(args)) ?? [];

test("[CL16] a hold brings what its scope grants, says when everything is there, and is shared by all tabs that ask for the same", async () => {
  const { realm, deployment, profile } = await createHoldScene();
  const first = profile.openTab();
  const second = profile.openTab();
  await realm.settle();
  const view = watch(second, "a");
  await realm.settle();
  expect(view.result).toMatchObject({ value: [], complete: false });
  const holds = [first, first, second].map(({ client }) => client.hold(ofList, { list: "a" }));
  const heard: string[] = [];
  holds[2]?.subscribe(() => heard.push(holds[2]?.state ?? ""));
  expect(holds.map(({ state }) => state)).toEqual(["loading", "loading", "loading"]);
  await realm.settle();
  expect(holds.map(({ state }) => state)).toEqual(["held", "held", "held"]);
  expect(heard).toEqual(["held"]);
  expect(view.result).toMatchObject({ value: ["one", "two"], complete: true });
  expect(first.client.holdStatus(ofList, { list: "a" })).toBe(first.client.holdStatus(ofList, { list: "a" }));
  expect(first.client.holdStatus(ofList, { list: "b" }).state).toBe("loading");
  // One of them is enough to keep it; a while after the last it is let go.
  holds[0]?.release();
  holds[0]?.release();
  holds[2]?.release();
  await realm.advance(2 * holdLimits.unusedMs);
  expect(view.result).toMatchObject({ value: ["one", "two"], complete: true });
  holds[1]?.release();
  await realm.advance(holdLimits.unusedMs - 1_000);
  expect(view.result.complete).toBe(true);
  await realm.advance(1_000);
  expect(view.result).toMatchObject({ value: [], complete: false });
  expect(deployment.faults).toEqual([]);
});

test("[CL17] a hold survives a reload: offline its rows are complete as of the cursor, and the next contact keeps them", async () => {
  const { realm, deployment, profile } = await createHoldScene();
  const first = profile.openTab();
  first.client.hold(ofList, { list: "a" });
  await realm.settle();
  await first.client.close();
  deployment.stop();
  const second = profile.openTab();
  const view = watch(second, "a");
  await realm.settle();
  expect(view.result).toMatchObject({ value: ["one", "two"], complete: true });
  const hold = second.client.hold(ofList, { list: "a" });
  expect(hold.state).toBe("held");
  deployment.sent = 0;
  deployment.start();
  await realm.advance(5_000);
  expect(holdsOf(deployment)).toEqual(["a"]);
  expect([hold.state, view.result.complete]).toEqual(["held", true]);
  // A welcome, a poke and a cursor: nothing was dropped and sent again.
  expect(deployment.sent).toBe(3);
});

test("[CL17] what nobody asks for after a reload is let go after a while, unless it is to be kept; so is what was not used for a month", async () => {
  const { realm, deployment, profile } = await createHoldScene();
  const first = profile.openTab();
  const left = first.client.hold(ofList, { list: "a" });
  const kept = first.client.hold(ofList, { list: "b" }, { keep: true });
  await realm.settle();
  left.release();
  kept.release();
  await first.client.close();
  const second = profile.openTab();
  await realm.settle();
  expect(holdsOf(deployment)).toEqual(["a", "b"]);
  await realm.advance(holdLimits.unusedMs);
  deployment.dropSockets();
  await realm.advance(20_000);
  expect(holdsOf(deployment)).toEqual(["b"]);
  // Asked for without being kept, it goes the way of all others.
  second.client.hold(ofList, { list: "b" }, { keep: false });
  second.client.hold(ofList, { list: "a" });
  await realm.settle();
  await second.client.close();
  await realm.advance(holdLimits.forgottenMs + 1);
  profile.openTab();
  await realm.advance(5_000);
  expect(holdsOf(deployment)).toEqual([]);
});

test("[CL16] a hold that is asked for while there is no contact is made with the next one, and one that was left meanwhile is not", async () => {
  const { realm, deployment, profile } = await createHoldScene();
  const { client } = profile.openTab();
  await realm.settle();
  deployment.stop();
  await realm.settle();
  const hold = client.hold(ofList, { list: "a" });
  await realm.advance(30_000);
  expect(hold.state).toBe("loading");
  deployment.start();
  await realm.advance(20_000);
  expect(hold.state).toBe("held");
  expect(holdsOf(deployment)).toEqual(["a"]);
});

test("[CL16] a tab that leads from now on holds what the others ask for", async () => {
  const { realm, deployment, profile } = await createHoldScene();
  const first = profile.openTab();
  const second = profile.openTab();
  await realm.settle();
  const hold = second.client.hold(ofList, { list: "a" });
  await realm.settle();
  first.world.kill();
  await realm.advance(20_000);
  expect(second.client.status.value.isLeader).toBe(true);
  expect([hold.state, holdsOf(deployment)]).toEqual(["held", ["a"]]);
  await realm.advance(2 * holdLimits.unusedMs);
  expect(hold.state).toBe("held");
});

test("[CL16] a hold whose scope fails says so with the error, and what is here stays; it follows again when the scope works", async () => {
  const { realm, deployment, profile } = await createHoldScene();
  const tab = profile.openTab();
  const hold = tab.client.hold(ofList, { list: "a" });
  const view = watch(tab, "a");
  await realm.settle();
  const working = deployment.onDemand;
  deployment.onDemand = new Map();
  deployment.pokeAll();
  await realm.settle();
  expect(hold).toMatchObject({ state: "failed", error: { code: "function_missing" } });
  expect(view.result.value).toEqual(["one", "two"]);
  // Also when the answer to a hello comes while it fails.
  deployment.dropSockets();
  await realm.advance(20_000);
  expect(view.result).toMatchObject({ value: ["one", "two"], complete: true });
  // And after a restart of the app.
  await tab.client.close();
  const again = profile.openTab();
  const seen = watch(again, "a");
  const asked = again.client.hold(ofList, { list: "a" });
  await realm.advance(20_000);
  expect(asked.state).toBe("failed");
  expect(seen.result).toMatchObject({ value: ["one", "two"], complete: true });
  deployment.onDemand = working;
  deployment.pokeAll();
  await realm.settle();
  expect([asked.state, asked.error]).toEqual(["held", undefined]);
  expect(seen.result).toMatchObject({ value: ["one", "two"], complete: true });
});

test("[CL7] [CL16] what a hold has lost while the device was away is gone from results and disk with the answer to its hello", async () => {
  const { realm, deployment, profile } = await createHoldScene();
  const tab = profile.openTab();
  const hold = tab.client.hold(ofList, { list: "a" });
  const view = watch(tab, "a");
  await realm.settle();
  deployment.stop();
  await realm.advance(30_000);
  deployment.onDemand = new Map([["scopes:ofList", { specs: () => [] }]]);
  await deployment.write((docs) => docs.put("notes", noteRow(4, "a", "unseen", deployment.version)));
  const values: unknown[] = [];
  view.subscribe(() => values.push(view.result.value));
  deployment.start();
  await realm.advance(20_000);
  expect([hold.state, view.result.value, view.result.complete]).toEqual(["held", [], false]);
  expect(values).toEqual([[]]);
  expect(textOn(profile.disk)).not.toContain("two");
});

test("[CL16] under another schema a hold is loading until the deployment has answered", async () => {
  const { realm, deployment, profile } = await createHoldScene();
  const first = profile.openTab();
  first.client.hold(ofList, { list: "a" });
  await realm.settle();
  await first.client.close();
  deployment.stop();
  const second = profile.openTab({ app: { ...app, schema: wider } });
  await realm.settle();
  expect(second.client.holdStatus(ofList, { list: "a" }).state).toBe("loading");
});

/** The app's schema in a later version. */
const wider = defineSchema({
  notes: defineTable({ list: v.string(), rank: v.number(), text: v.string(), stamp: v.optional(v.number()) }).index(
    "by_list",
    ["list", "rank"],
  ),
  members: defineTable({ list: v.string(), user: v.string(), isNew: v.optional(v.boolean()) }).index("by_user", [
    "user",
  ]),
});

const leaseMs = 3_600_000;

/** Everything that a profile has stored, as text. */
const textOn = (disk: unknown): string => {
  const decoder = new TextDecoder();
  const show = (one: unknown): string => {
    if (one instanceof Uint8Array) return decoder.decode(one);
    if (one instanceof Map) return [...one].map((pair) => pair.map(show).join("=")).join();
    if (Array.isArray(one)) return one.map(show).join();
    return typeof one === "object" && one !== null ? Object.values(one).map(show).join() : String(one);
  };
  return show(disk);
};

test("[CL18] without contact for longer than its lease a range is locked: its rows leave queries and the disk, and come with the next contact", async () => {
  const { realm, deployment, profile } = await createHoldScene(leaseMs);
  const tab = profile.openTab();
  const hold = tab.client.hold(ofList, { list: "a" });
  const view = watch(tab, "a");
  await realm.settle();
  // Contact renews it, however little happens.
  await realm.advance(30_000);
  deployment.stop();
  await realm.advance(leaseMs - 120_000);
  expect([view.result.complete, hold.state]).toEqual([true, "held"]);
  await realm.advance(240_000);
  expect(hold.state).toBe("locked");
  expect(view.result).toMatchObject({ value: [], complete: false });
  expect(textOn(profile.disk)).not.toContain("two");
  deployment.start();
  await realm.advance(20_000);
  expect([hold.state, view.result.complete]).toEqual(["held", true]);
  expect(view.result.value).toEqual(["one", "two"]);
  // Nothing but what was lost is sent again.
  expect(deployment.hellos.at(-1)?.cursor?.lost).toHaveLength(1);
  // What is no longer granted does not come back.
  deployment.stop();
  await realm.advance(leaseMs + 60_000);
  deployment.onDemand = new Map([["scopes:ofList", { specs: () => [], leaseMs }]]);
  deployment.start();
  await realm.advance(20_000);
  expect([hold.state, view.result.value, view.result.complete]).toEqual(["held", [], false]);
});

test("[CL18] a lease goes on while the app is closed, and is not longer because the clock is set back; nothing is shown first", async () => {
  const { realm, deployment, profile } = await createHoldScene(leaseMs);
  const first = profile.openTab();
  first.client.hold(ofList, { list: "a" });
  await realm.settle();
  deployment.stop();
  await realm.advance(leaseMs / 2);
  await first.client.close();
  // The clock goes back to where it was at the last contact, and the device stays open for the other half.
  const second = profile.openTab();
  second.world.setClock(-leaseMs / 2);
  second.client.hold(ofList, { list: "a" });
  const shown = watch(second, "a");
  await realm.settle();
  expect(shown.result.complete).toBe(true);
  await realm.advance(leaseMs / 2 + 60_000);
  expect(second.client.holdStatus(ofList, { list: "a" }).state).toBe("locked");
  await second.client.close();
  const third = profile.openTab();
  third.world.setClock(-leaseMs);
  const heard: unknown[] = [];
  const view = third.client.query(api.inList, { list: "a" });
  view.subscribe(() => heard.push(view.result.value));
  await realm.settle();
  expect(third.client.holdStatus(ofList, { list: "a" }).state).toBe("locked");
  expect([view.result.complete, heard.flat()]).toEqual([false, []]);
});

test.each([
  ["the same", app],
  ["another", { ...app, schema: wider }],
])(
  "[CL18] a start after the lease shows nothing of it, in no tab and not for a moment, under %s schema",
  async (_, own) => {
    const { realm, deployment, profile } = await createHoldScene(leaseMs);
    const first = profile.openTab();
    first.client.hold(ofList, { list: "a" });
    await realm.settle();
    await first.client.close();
    // The second tab makes segments of what the first has logged, so that rows are on disk only when the third opens.
    const second = profile.openTab();
    await realm.advance(5_000);
    await second.client.close();
    deployment.stop();
    await realm.advance(leaseMs + 1);
    for (let at = 0; at < 3; at++) {
      const tab = profile.openTab({ app: own });
      const shown: unknown[] = [];
      const view = tab.client.query(api.inList, { list: "a" });
      view.subscribe(() => shown.push(view.result.value));
      await realm.settle();
      expect(shown.flat()).toEqual([]);
      expect(view.result.complete).toBe(false);
    }
    await realm.advance(5_000);
    expect(textOn(profile.disk)).not.toContain("two");
  },
);

test("[CL18] [C9] rows of another schema leave with their lease, too, while the app is open", async () => {
  const { realm, deployment, profile } = await createHoldScene(leaseMs);
  const first = profile.openTab();
  first.client.hold(ofList, { list: "a" });
  await realm.settle();
  await first.client.close();
  deployment.stop();
  const view = watch(profile.openTab({ app: { ...app, schema: wider } }), "a");
  await realm.settle();
  expect(view.result.value).toEqual(["one", "two"]);
  await realm.advance(leaseMs + 60_000);
  expect(view.result.value).toEqual([]);
  await realm.advance(5_000);
  expect(textOn(profile.disk)).not.toContain("two");
});

test("[CL18] what a scope without a lease grants too is not locked, and a lease that changes counts from then on", async () => {
  const { realm, deployment, profile } = await createHoldScene(leaseMs);
  const tab = profile.openTab();
  tab.client.hold(ofList, { list: "a" });
  tab.client.hold(ofList, { list: "b" });
  const views = ["a", "b"].map((list) => watch(tab, list));
  await realm.settle();
  const { scope } = deployment;
  deployment.scope = (user, docs) => [...scope(user, docs), { table: "notes", index: "by_list", prefix: ["a"] }];
  deployment.pokeAll();
  await realm.settle();
  deployment.stop();
  await realm.advance(leaseMs + 60_000);
  expect(views.map(({ result }) => [result.value, result.complete])).toEqual([
    [["one", "two"], true],
    [[], false],
  ]);
});

test("[SY53] a poke that changes a row does not store again what is held", async () => {
  const { realm, deployment, profile } = await createHoldScene();
  const tab = profile.openTab();
  tab.client.hold(ofList, { list: "a" });
  await realm.advance(5_000);
  const storage = openMemoryStorage(profile.disk);
  const logOf = async (): Promise<readonly string[]> => (await storage.list("log")).map(({ row }) => textOn(row));
  const before = (await logOf()).length;
  await deployment.write((docs) => docs.put("notes", noteRow(5, "a", "five", deployment.version)));
  deployment.pokeAll();
  await realm.settle();
  const news = (await logOf()).slice(before);
  expect(news).toHaveLength(1);
  expect(news.join()).toContain("five");
  expect(news.join()).not.toContain("by_list");
});
