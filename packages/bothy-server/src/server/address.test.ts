import { expect, test } from "vitest";
import { createMemoryDisk } from "../base/index.ts";
import { readAddress, removeAddress, writeAddress } from "./address.ts";

test("an address is there from its writing to its removal", async () => {
  const disk = createMemoryDisk();
  await disk.makeFolder("/data");
  expect(await readAddress(disk, "/data")).toBeUndefined();
  await writeAddress(disk, "/data", { url: "http://127.0.0.1:3210" });
  expect(await readAddress(disk, "/data")).toEqual({ url: "http://127.0.0.1:3210" });
  await removeAddress(disk, "/data");
  expect(await readAddress(disk, "/data")).toBeUndefined();
});

test.each(["", "{", "[]", "null", '{"url":5}'])("a file that holds %j tells no address", async (text) => {
  const disk = createMemoryDisk();
  await disk.makeFolder("/data");
  await disk.writeAtomic("/data/server.json", new TextEncoder().encode(text));
  expect(await readAddress(disk, "/data")).toBeUndefined();
});
