import { expect, test } from "vitest";
import type { ClientStorage } from "../storage/index.ts";
import type { BothyClient } from "./client.ts";
import { api } from "./fixtures/test-app.ts";
import type { TestDeployment } from "./fixtures/test-deployment.ts";
import { createProfile, createScene, stateOf } from "./fixtures/test-profile.ts";
import { noteRow, textIn } from "./fixtures/test-rows.ts";

/** A storage that dies after so many writes: what was asked for later is never answered, and never written. */
function dyingStorage(storage: ClientStorage, writesLeft: { count: number }, onDeath: () => void): ClientStorage {
  const dead = new Promise<never>(() => undefined);
  const guard =
    <Args extends unknown[], T>(write: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      if (writesLeft.count <= 0) {
        onDeath();
        return await dead;
      }
      writesLeft.count--;
      return await write(...args);
    };
  return {
    ...storage,
    write: guard((...args) => storage.write(...args)),
    appendOutbox: guard((...args) => storage.appendOutbox(...args)),
    removeOutbox: guard((...args) => storage.removeOutbox(...args)),
    raiseFence: guard(() => storage.raiseFence()),
  };
}

/** Everything that a client stores happens once in here: rows, acknowledgements, refusals, drops, compactions. */
async function live(client: BothyClient, deployment: TestDeployment): Promise<string[]> {
  const kept: string[] = [];
  const add = async (text: string, call: { local: Promise<void> }): Promise<void> => {
    await Promise.race([call.local, deployment.realm.settle()]);
    if (JSON.stringify(await stateOf(call.local)) === "{}") kept.push(text);
  };
  await add("join a", client.mutate(api.join, { list: "a" }));
  await add("join b", client.mutate(api.join, { list: "b" }));
  await deployment.realm.settle();
  deployment.isMute = true;
  // While the device is not told, list b is closed.
  await deployment.write((docs) => docs.put("notes", noteRow(0, "b", "closed", deployment.version)));
  await add("one", client.mutate(api.add, { list: "a", rank: 10, text: "one" }));
  await add("refused", client.mutate(api.addUnlessClosed, { list: "b", rank: 11, text: "refused" }));
  await add("two", client.mutate(api.add, { list: "a", rank: 12, text: "two" }));
  await deployment.realm.settle();
  deployment.isMute = false;
  deployment.dropSockets();
  await deployment.realm.advance(5_000);
  await add("leave b", client.mutate(api.leave, { list: "b" }));
  await deployment.realm.advance(3_000);
  await add("three", client.mutate(api.add, { list: "a", rank: 13, text: "three" }));
  await deployment.realm.advance(3_000);
  return kept;
}

/** Runs the story until a write, crashes there, and starts again. */
async function crashAfter(writeCount: number): Promise<{ readonly hasDied: boolean }> {
  const { realm, deployment } = createScene();
  // Pokes of many parts, more rows than a transaction or a segment takes.
  deployment.rowsPerPart = 100;
  await deployment.write((docs) => {
    for (let i = 0; i < 300; i++)
      docs.put("notes", noteRow(i, i % 3 === 0 ? "b" : "a", `note ${i} ${"-".repeat(2_000)}`, 1));
  });
  const profile = createProfile(realm);
  const state = { hasDied: false };
  const writesLeft = { count: writeCount };
  const first = profile.openTab({
    wrap: (storage) =>
      dyingStorage(storage, writesLeft, () => {
        state.hasDied = true;
        first.world.kill();
      }),
  });
  const closing = realm.settle().then(async () => {
    await realm.settle();
    await realm.settle();
  });
  const kept = await live(first.client, deployment);
  await closing;
  first.world.kill();
  deployment.isMute = false;
  await realm.settle();

  const { client } = profile.openTab();
  const view = client.query(api.inList, { list: "a" });
  view.subscribe(() => undefined);
  await realm.advance(60_000);
  expect(deployment.faults).toEqual([]);
  expect(client.status.value).toMatchObject({ state: "online", pendingCount: 0, error: null });
  // Nothing doubled: every nonce ran once. Nothing lost: what was durable has run.
  const nonces = deployment.executed.map(({ nonce }) => nonce);
  expect(new Set(nonces).size).toBe(nonces.length);
  const texts = new Set(deployment.docs.rows("notes").map((row) => textIn(row)));
  for (const text of kept) if (/^(one|two|three)$/.test(text)) expect([text, texts.has(text)]).toEqual([text, true]);
  const refusalCount = client.rejected.value.filter(({ name }) => name.includes("addUnlessClosed")).length;
  expect([texts.has("refused"), refusalCount]).toEqual([false, kept.includes("refused") ? 1 : refusalCount]);
  for (const text of ["one", "two", "three"]) {
    const count = deployment.docs.rows("notes").filter(({ document }) => document["text"] === text).length;
    expect([text, count <= 1]).toEqual([text, true]);
  }
  // What this device shows is what the deployment has, and a third start finds the same with no network at all.
  const lists = new Set(deployment.docs.rows("members").map((row) => textIn(row, "list")));
  const expected = lists.has("a")
    ? deployment.docs
        .rows("notes")
        .filter(({ document }) => document["list"] === "a")
        .sort((a, b) => Number(a.document["rank"]) - Number(b.document["rank"]))
        .map(({ document }) => document["text"])
    : [];
  expect(view.result.value).toEqual(expected);
  const refusals = client.rejected.value.map(({ name }) => name);
  await client.close();
  deployment.stop();
  const third = profile.openTab();
  const offline = third.client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(offline.result.value).toEqual(expected);
  expect(third.client.rejected.value.map(({ name }) => name)).toEqual(refusals);
  expect(refusals.filter((name) => name.includes("addUnlessClosed")).length).toBeLessThanOrEqual(1);
  return state;
}

test("the story refuses a mutation and drops a list", async () => {
  const { realm, deployment } = createScene();
  const { client } = createProfile(realm).openTab();
  expect(await live(client, deployment)).toEqual(["join a", "join b", "one", "refused", "two", "leave b", "three"]);
  expect(client.rejected.value).toMatchObject([{ n: 4, name: "shared/notes:addUnlessClosed" }]);
});

test("[CL2] [CL3] a crash at any write loses and doubles nothing, and the next start shows what is there", async () => {
  let writeCount = 0;
  for (; writeCount < 200; writeCount++) {
    const { hasDied } = await crashAfter(writeCount);
    if (!hasDied) break;
  }
  expect(writeCount).toBeGreaterThan(20);
  expect(writeCount).toBeLessThan(200);
}, 120_000);

test("[C9] [CL9] what was dropped leaves the storage, though the tab ended before it came to that", async () => {
  const { realm, deployment } = createScene();
  await deployment.write((docs) => docs.put("notes", noteRow(0, "a", "taken away", 1)));
  const profile = createProfile(realm);
  const first = profile.openTab();
  first.client.mutate(api.join, { list: "a" });
  await realm.advance(3_000);
  first.client.mutate(api.leave, { list: "a" });
  await realm.settle();
  const asText = (_key: string, value: unknown): unknown =>
    value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  const stored = (): string =>
    JSON.stringify(
      [...profile.disk.rowsByStore].map(([, rows]) => [...rows.values()]),
      asText,
    );
  expect(stored()).toContain("taken away");
  first.world.kill();
  profile.openTab();
  await realm.advance(3_000);
  expect(stored()).not.toContain("taken away");
});
