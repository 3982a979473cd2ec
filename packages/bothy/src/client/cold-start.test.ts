import { expect, test } from "vitest";
import type { ClientStorage, StoredKey } from "../storage/index.ts";
import type { BothyClient } from "./client.ts";
import { api } from "./fixtures/test-app.ts";
import { createStoredProfile, stateOf } from "./fixtures/test-profile.ts";
import { noteRow } from "./fixtures/test-rows.ts";

const rowsPerList = 40;
const textSize = 15_000;

/** The text of a note that fills a good part of a segment. */
const textOf = (k: number): string => `note ${k} ${"-".repeat(textSize)}`;
/** Without what makes them large. */
const namesIn = (texts: readonly string[] | undefined): readonly string[] | undefined =>
  texts?.map((text) => text.replace(/ -+/, ""));
const namesOf = (first: number): readonly string[] =>
  Array.from({ length: rowsPerList }, (_, k) => `note ${first + k}`);

/** A profile that has lists a and b in many segments. */
const storedProfile = () =>
  createStoredProfile(
    Array.from({ length: rowsPerList }, (_, k) => [
      noteRow(k, "a", textOf(k), 1),
      noteRow(1_000 + k, "b", textOf(1_000 + k), 1),
    ]).flat(),
  );

/** A storage that answers for segments when it is let, and notes which were asked for. */
function slowSegments() {
  const asked: StoredKey[] = [];
  let waiting: (() => void)[] = [];
  const gate = { isOpen: false, asked };
  const wrap = (storage: ClientStorage): ClientStorage => ({
    ...storage,
    get: async (store, key) => {
      if (store !== "segment") return await storage.get(store, key);
      asked.push(key);
      if (!gate.isOpen) await new Promise<void>((resolve) => waiting.push(resolve));
      return await storage.get(store, key);
    },
  });
  /** Answers what was asked for so far. */
  const letGo = (count = Infinity): void => {
    const now = waiting.slice(0, count);
    waiting = waiting.slice(count);
    for (const resolve of now) resolve();
  };
  return { wrap, gate, letGo, waitingCount: () => waiting.length };
}

/** Everything that a query showed, one after another. */
function record(client: BothyClient, list: string): (readonly [status: string, complete: boolean, count: number])[] {
  const seen: (readonly [string, boolean, number])[] = [];
  client.watch(api.inList, { list }, ({ status, complete, value }) =>
    seen.push([status, complete, value?.length ?? -1]),
  );
  return seen;
}

test("[CL20] [C1] a query is loading once and then right; what it does not need is read behind it", async () => {
  const { realm, deployment, profile } = await storedProfile();
  deployment.stop();
  const { wrap, gate, letGo, waitingCount } = slowSegments();
  const { client } = profile.openTab({ wrap });
  const seen = record(client, "a");
  let askedForIt = 0;
  client.query(api.inList, { list: "a" }).subscribe(() => (askedForIt = gate.asked.length));
  await realm.settle();
  expect(waitingCount()).toBeGreaterThan(0);
  expect(seen).toEqual([["loading", false, -1]]);
  const segmentCount = [...(profile.disk.rowsByStore.get("segment")?.keys() ?? [])].length / 2;
  while (seen.length === 1 && waitingCount() > 0) {
    letGo();
    await realm.settle();
  }
  expect(askedForIt).toBeLessThan(segmentCount * 0.7);
  expect(seen).toEqual([
    ["loading", false, -1],
    ["ok", true, rowsPerList],
  ]);
  expect(namesIn(client.query(api.inList, { list: "a" }).result.value)).toEqual(namesOf(0));
  // The rest follows without being asked for.
  gate.isOpen = true;
  letGo();
  for (let turn = 0; turn < 10; turn++) await realm.settle();
  expect(new Set(gate.asked.map(String)).size).toBe(segmentCount);
  // Whoever needs a segment that another is reading waits for that one.
  const askedCount = gate.asked.length;
  expect(askedCount).toBe(segmentCount);
  expect(record(client, "b")).toEqual([["loading", false, -1]]);
  await realm.settle();
  expect(namesIn(client.query(api.inList, { list: "b" }).result.value)).toEqual(namesOf(1_000));
  expect(gate.asked.length).toBe(askedCount);
});

/** A storage that answers all that was asked for meanwhile when it is let, and what was asked for in each round. */
function roundsOfAsking() {
  const rounds: string[][] = [[]];
  const waiting: (() => void)[] = [];
  const inRounds =
    <Args extends readonly unknown[], Result>(name: string, ask: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      rounds.at(-1)?.push(`${name} ${JSON.stringify(args)}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return await ask(...args);
    };
  const wrap = (storage: ClientStorage): ClientStorage => ({
    ...storage,
    get: inRounds("get", storage.get),
    list: inRounds("list", storage.list),
    read: inRounds("read", storage.read),
  });
  const answer = (): void => {
    rounds.push([]);
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { rounds, wrap, answer };
}

test("[CL20] a start asks its storage twice before it asks for rows, and for those that nobody needs behind all queries that wait", async () => {
  const { realm, deployment, profile } = await storedProfile();
  deployment.stop();
  const { rounds, wrap, answer } = roundsOfAsking();
  const { client } = profile.openTab({ wrap });
  const first = client.query(api.inList, { list: "a" });
  for (let round = 0; round < 2; round++) {
    await realm.settle();
    answer();
  }
  await realm.settle();
  const isOfRows = (asked: string): boolean => asked.startsWith('get ["segment"');
  expect(rounds.map((round) => round.filter((asked) => !isOfRows(asked)).length)).toEqual([2, 5, 0]);
  // While the first one's rows are being read.
  const second = client.query(api.inList, { list: "b" });
  answer();
  await realm.settle();
  expect(first.result.value).toHaveLength(rowsPerList);
  answer();
  await realm.settle();
  expect(second.result.value).toHaveLength(rowsPerList);
  const headers = [...(profile.disk.rowsByStore.get("segment")?.values() ?? [])];
  const ofNotes = headers.filter(({ row }) => Reflect.get(Object(row), "table") === "notes").map(({ key }) => key[1]);
  expect(ofNotes.length).toBeLessThan(headers.length / 2);
  const askedForRows = rounds.slice(2, 4).flat().filter(isOfRows).toSorted();
  expect(askedForRows).toEqual(ofNotes.map((number) => `get ["segment",[1,${number}]]`).toSorted());
});

test("[CL21] [C3] nothing is shown before what waits in the outbox has been replayed over the rows that it reads", async () => {
  const { realm, deployment, profile } = await storedProfile();
  deployment.stop();
  const first = profile.openTab();
  // It reads list b and writes into list a: a result of a that came first would miss it.
  const call = first.client.mutate(api.addUnlessClosed, { list: "b", rank: 7, text: "pending" });
  await realm.settle();
  expect(await stateOf(call.local)).toEqual({});
  await first.client.close();
  const { wrap, letGo, gate } = slowSegments();
  const { client } = profile.openTab({ wrap });
  const seen = record(client, "a");
  const seenB = record(client, "b");
  for (let turn = 0; turn < 40; turn++) {
    letGo(1);
    await realm.settle();
  }
  expect(seen).toEqual([
    ["loading", false, -1],
    ["ok", true, rowsPerList],
  ]);
  // Never without the pending one.
  expect(seenB).toEqual([
    ["loading", false, -1],
    ["ok", true, rowsPerList + 1],
  ]);
  expect(gate.asked.length).toBeGreaterThan(0);
});

test("[CL22] a mutation waits for the rows that it reads, and those after it wait behind it", async () => {
  const { realm, deployment, profile } = await storedProfile();
  deployment.stop();
  const { wrap, letGo, gate } = slowSegments();
  const { client } = profile.openTab({ wrap, memoryBudgetBytes: 0 });
  await realm.settle();
  const appended = client.mutate(api.append, { list: "a", text: "!" });
  const added = client.mutate(api.add, { list: "c", rank: 1, text: "behind" });
  await realm.settle();
  expect([await stateOf(appended.local), await stateOf(added.local)]).toEqual(["waiting", "waiting"]);
  gate.isOpen = true;
  letGo();
  await realm.settle();
  expect([await stateOf(appended.local), await stateOf(added.local)]).toEqual([{}, {}]);
  const view = client.query(api.inList, { list: "a" });
  await realm.settle();
  expect(view.result.value?.[0]).toBe(`${textOf(0)}!`);
});

test("[CL22] [C9] what is beyond the memory's budget is followed on disk: changed, taken away and never shown again", async () => {
  const { realm, deployment, profile } = await storedProfile();
  const { gate, wrap } = slowSegments();
  gate.isOpen = true;
  const { client } = profile.openTab({ wrap, memoryBudgetBytes: 0 });
  await realm.advance(3_000);
  await deployment.write((docs) => {
    docs.put("notes", noteRow(3, "a", "changed", deployment.version));
    docs.put("notes", noteRow(4, "b", "moved", deployment.version));
    docs.remove("notes", noteRow(5, "a", "", 1).id);
  });
  deployment.pokeAll();
  await realm.advance(3_000);
  const a = client.query(api.inList, { list: "a" });
  await realm.settle();
  const expected = namesOf(0).flatMap((name, k) => (k === 3 ? ["changed"] : k === 4 || k === 5 ? [] : [name]));
  expect([a.result.complete, namesIn(a.result.value)]).toEqual([true, expected]);
  // The range is dropped while its rows are on disk only, and comes again with fewer.
  client.mutate(api.leave, { list: "b" });
  await realm.advance(3_000);
  await deployment.write((docs) => {
    for (let k = 0; k < 30; k++) docs.remove("notes", noteRow(1_000 + k, "b", "", 1).id);
  });
  client.mutate(api.join, { list: "b" });
  await realm.advance(3_000);
  await client.close();
  deployment.stop();
  const second = profile.openTab();
  const b = second.client.query(api.inList, { list: "b" });
  for (let turn = 0; turn < 5; turn++) await realm.settle();
  expect([b.result.complete, namesIn(b.result.value)]).toEqual([true, ["moved", ...namesOf(1_000).slice(30)]]);
});

test("[CL23] what nobody watches leaves memory over the budget, what is watched stays", async () => {
  const { realm, deployment, profile } = await storedProfile();
  deployment.stop();
  const { gate, wrap } = slowSegments();
  gate.isOpen = true;
  const { client } = profile.openTab({ wrap, memoryBudgetBytes: 100_000 });
  const seen = record(client, "a");
  const stop = client.watch(api.inList, { list: "b" }, () => undefined);
  for (let turn = 0; turn < 10; turn++) await realm.settle();
  const askedBefore = gate.asked.length;
  // Both are watched: a change of either is shown without the storage.
  await client.mutate(api.add, { list: "a", rank: 5_000, text: "one" }).local;
  await client.mutate(api.add, { list: "b", rank: 5_000, text: "two" }).local;
  await realm.settle();
  expect(gate.asked.length).toBe(askedBefore);
  expect(seen.at(-1)).toEqual(["ok", true, rowsPerList + 1]);
  stop();
  await realm.advance(10_000);
  const again = client.query(api.inList, { list: "b" });
  for (let turn = 0; turn < 5; turn++) await realm.settle();
  expect(again.result).toMatchObject({ complete: true });
  expect(again.result.value).toHaveLength(rowsPerList + 1);
  expect(gate.asked.length).toBeGreaterThan(askedBefore);
});

test("[CL26] [C4] rows of the first format are asked for again, calls and the device of that format are kept", async () => {
  const { realm, deployment, profile } = await storedProfile();
  deployment.stop();
  const first = profile.openTab();
  await first.client.mutate(api.add, { list: "a", rank: 5_000, text: "from before" }).local;
  await first.client.close();
  const helloCount = deployment.hellos.length;
  const deviceId = deployment.hellos.at(-1)?.device.id;
  // As an older version of the app would have left it.
  const aged = (row: unknown): unknown => (typeof row === "object" && row !== null ? { ...row, format: 1 } : row);
  for (const rows of profile.disk.rowsByStore.values()) {
    for (const [text, { key, row }] of rows) rows.set(text, { key, row: aged(row) });
  }
  profile.disk.outbox = profile.disk.outbox.map(({ n, row }) => ({ n, row: aged(row) }));
  const rowOfFirstFormat = { format: 1, schema: "", bytes: new TextEncoder().encode("[]") };
  profile.disk.rowsByStore.get("segment")?.set("old", { key: ["notes", "id"], row: rowOfFirstFormat });
  deployment.start();
  const { client } = profile.openTab();
  await realm.advance(10_000);
  const hellos = deployment.hellos.slice(helloCount);
  expect(hellos.map(({ device, cursor }) => [device.id, cursor])).toEqual([[deviceId, undefined]]);
  const view = client.query(api.inList, { list: "a" });
  await realm.settle();
  expect([view.result.complete, namesIn(view.result.value)]).toEqual([true, [...namesOf(0), "from before"]]);
  expect(client.outbox.value).toEqual([]);
  const keys = [...(profile.disk.rowsByStore.get("segment")?.values() ?? [])].map(({ key }) => key[0]);
  expect(new Set(keys)).toEqual(new Set([0, 1]));
});
