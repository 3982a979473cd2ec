import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { openIndexedDbStorage } from "./indexeddb.ts";
import { describeClientStorage } from "./storage-contract.ts";

let count = 0;

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
  const [database] = opened;
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
  indexedDB.deleteDatabase("deleted");
  expect(await lost).toMatchObject({ code: "storage_unavailable" });
  await expect(storage.appendOutbox("a")).rejects.toMatchObject({ code: "storage_unavailable" });
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
  await new Promise((resolve) => (indexedDB.deleteDatabase("evicted").onsuccess = resolve));
  database.onclose?.(new Event("close"));
  expect(await lost).toMatchObject({ code: "storage_unavailable" });
  await expect(storage.appendOutbox("b")).rejects.toMatchObject({ code: "storage_unavailable" });
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain("evicted");
});

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
