import { expect, test } from "vitest";
import { isPageError, storeFailure } from "./lmdb-failure.ts";

const noSpace = Object.assign(new Error("No space left on device"), { code: 28 });

test("a batch that LMDB could not write for lack of room is disk_full, with the reason as its cause", async () => {
  const commitError = Promise.reject(noSpace);
  const error = await storeFailure(Object.assign(new Error("Commit failed"), { commitError }), "/folder/store");
  expect(error).toMatchObject({ code: "disk_full", cause: noSpace });
  expect(await storeFailure(noSpace, "/folder/store")).toMatchObject({ code: "disk_full" });
});

test("any other failure of a batch is disk_failed and names it", async () => {
  const thrown = new Error("Input/output error");
  const error = await storeFailure(thrown, "/folder/store");
  expect(error).toMatchObject({ code: "disk_failed", cause: thrown });
  expect(error.message).toContain("Input/output error");
});

test("a reason that never comes is not waited for", async () => {
  const commitError = new Promise<never>(() => undefined);
  const error = await storeFailure(Object.assign(new Error("Commit failed"), { commitError }), "/folder/store");
  expect(error.code).toBe("disk_failed");
});

test("[ST11] what LMDB says of damaged pages is told from what it says of anything else", () => {
  const damaged = [
    "MDB_BAD_TXN: Transaction must abort",
    "MDB_CORRUPTED: Located page was wrong type",
    "MDB_PAGE_NOTFOUND: x",
  ];
  const others = ["MDB_READERS_FULL: too many", "MDB_MAP_RESIZED: x", "No space left on device", "the MDB_CORRUPTED"];
  expect([...damaged, ...others].map((message) => isPageError(new Error(message)))).toEqual([
    ...damaged.map(() => true),
    ...others.map(() => false),
  ]);
});
