import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { createMemoryRealm } from "../base/index.ts";
import { openIndexedDbStorage } from "./indexeddb.ts";
import { describeClientStorage } from "./storage-contract.ts";

let count = 0;

/** The name of the database that is in place in a storage; `name` is that of its directory. */
async function databaseOf(name: string): Promise<string> {
  const databases = await indexedDB.databases();
  const [found] = databases.flatMap((one) => (one.name?.startsWith(`${name}:`) ? [one.name] : []));
  if (found === undefined) throw new Error(`There is no database of ${name}.`);
  return found;
}

function deleteDatabase(name: string): Promise<unknown> {
  return new Promise((resolve) => (indexedDB.deleteDatabase(name).onsuccess = resolve));
}

/** A storage, and the browser's own connection below it. */
async function openWatched(name: string) {
  const open = indexedDB.open.bind(indexedDB);
  const opened: IDBDatabase[] = [];
  indexedDB.open = (...given) => {
    const request = open(...given);
    request.addEventListener("success", () => opened.push(request.result));
    return request;
  };
  const storage = await openIndexedDbStorage(name);
  indexedDB.open = open;
  const database = opened.at(-1);
  if (database === undefined) throw new Error("a storage opens a database");
  return { storage, database };
}

describeClientStorage("storage in IndexedDB", () => {
  const name = `contract ${++count}`;
  return () => openIndexedDbStorage(name);
});

test("[CL2] appends that come while one is being written share the next transaction", async () => {
  const storage = await openIndexedDbStorage("appends");
  const transactions: unknown[] = [];
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...given) {
    transactions.push(given[0]);
    return begin.apply(this, given);
  };
  const numbers = await Promise.all(Array.from({ length: 50 }, (_, i) => storage.appendOutbox(i)));
  IDBDatabase.prototype.transaction = begin;
  expect(numbers).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  expect(transactions.length).toBe(2);
});

test("[CL10] a database that another tab deletes is lost, and says so", async () => {
  const storage = await openIndexedDbStorage("deleted");
  const lost = new Promise((resolve) => storage.onLost(resolve));
  indexedDB.deleteDatabase(await databaseOf("deleted"));
  expect(await lost).toMatchObject({ code: "storage_lost" });
  await expect(storage.appendOutbox("a")).rejects.toMatchObject({ code: "storage_lost" });
});

test("[CL10] a connection that the browser closed is opened again", async () => {
  const { storage, database } = await openWatched("closed");
  await storage.appendOutbox("a");
  // The connection ends without its close event having arrived yet, as in WebKit.
  database.close();
  expect(await storage.appendOutbox("b")).toBe(2);
});

test("[CL10] a database that the browser has evicted is lost at once, and is not made anew in silence", async () => {
  const { storage, database } = await openWatched("evicted");
  await storage.appendOutbox("a");
  const lost = new Promise((resolve) => storage.onLost(resolve));
  database.close();
  await deleteDatabase(database.name);
  database.onclose?.(new Event("close"));
  expect(await lost).toMatchObject({ code: "storage_lost" });
  await expect(storage.appendOutbox("b")).rejects.toMatchObject({ code: "storage_lost" });
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(database.name);
});

test("[CL28] a database that was evicted and made anew by another tab is not taken for the old one", async () => {
  const { storage, database } = await openWatched("adopted");
  await storage.appendOutbox("a");
  const lost = new Promise((resolve) => storage.onLost(resolve));
  database.close();
  await deleteDatabase(database.name);
  const other = await openIndexedDbStorage("adopted");
  expect(await databaseOf("adopted")).toBe(database.name);
  expect(other.name).not.toBe(storage.name);
  await expect(storage.appendOutbox("of the old one")).rejects.toMatchObject({ code: "storage_lost" });
  expect(await lost).toMatchObject({ code: "storage_lost" });
  expect(await other.listOutbox()).toEqual([]);
});

test("[CL28] an opening that another tab holds up ends after five seconds, and says what to do", async () => {
  const realm = createMemoryRealm();
  await (await openIndexedDbStorage("held")).close();
  const name = await databaseOf("held");
  // A frozen tab: it has the database open and does not let go of it, while another tab deletes it.
  const frozen = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
  });
  indexedDB.deleteDatabase(name);
  const opening = openIndexedDbStorage("held", { world: realm.openTab() });
  const refused = opening.catch((error: unknown) => error);
  await realm.advance(4_900);
  expect(await Promise.race([opening.catch(() => "refused"), Promise.resolve("waiting")])).toBe("waiting");
  await realm.advance(100);
  expect(await refused).toMatchObject({ code: "storage_blocked", fix: expect.stringContaining("other tabs") });
  // The tab is closed, and all goes on.
  frozen.close();
  const storage = await openIndexedDbStorage("held");
  expect(await storage.appendOutbox("a")).toBe(1);
});

test("[CL37] a sign-out that was cut off after it had ended the outbox is carried out at the next start", async () => {
  const storage = await openIndexedDbStorage("cut off");
  const before = await databaseOf("cut off");
  const real = indexedDB.open.bind(indexedDB);
  // The page ends when the directory is to be written.
  let openings = 0;
  indexedDB.open = (...given) => {
    if (given[0] === "cut off" && ++openings === 2) throw new Error("the page has ended");
    return real(...given);
  };
  await expect(storage.replace({})).rejects.toThrow("the page has ended");
  indexedDB.open = real;
  await storage.close();
  const next = await openIndexedDbStorage("cut off");
  expect(next.name).not.toBe(storage.name);
  expect(await next.appendOutbox("a")).toBe(1);
  await next.close();
  await (await openIndexedDbStorage("cut off")).close();
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(before);
});

test.each(["relaxed", "strict"] as const)(
  "[C11] [CL29] outbox rows are stored with %s durability, and nothing else is strict",
  async (durability) => {
    const storage = await openIndexedDbStorage(`durable ${durability}`, { durability });
    const asked: unknown[] = [];
    const begin = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...given) {
      asked.push([given[1], given[2]?.durability]);
      return begin.apply(this, given);
    };
    await storage.appendOutbox("a");
    await storage.write([{ kind: "put", store: "log", key: [1], row: 1 }]);
    IDBDatabase.prototype.transaction = begin;
    expect(asked).toEqual([
      ["readwrite", durability],
      ["readwrite", "relaxed"],
    ]);
  },
);

test("[CL10] a refusal for lack of room is storage_full", async () => {
  const storage = await openIndexedDbStorage("full");
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = () => {
    throw new DOMException("no room", "QuotaExceededError");
  };
  const appended = storage.appendOutbox("a");
  await expect(appended).rejects.toMatchObject({ code: "storage_full" });
  IDBObjectStore.prototype.add = add;
  expect(await storage.appendOutbox("b")).toBe(1);
});
