import { expect, test } from "vitest";
import { BothyError } from "../errors/index.ts";
import { createMemoryDisk, openMemoryStorage, type ClientStorage } from "../storage/index.ts";
import { withRoom } from "./make-room.ts";

/** A storage that takes so many rows and no more. */
function openSmallStorage(rowsMax: number): ClientStorage {
  const disk = createMemoryDisk();
  const storage = openMemoryStorage(disk);
  const checkRoom = (): void => {
    const count = [...disk.rowsByStore.values()].reduce((sum, rows) => sum + rows.size, disk.outbox.length);
    if (count >= rowsMax) throw new BothyError("storage_full", { message: "There is no room left." });
  };
  return {
    ...storage,
    async write(operations, options) {
      if (operations.some(({ kind }) => kind === "put")) checkRoom();
      await storage.write(operations, options);
    },
    async appendOutbox(row, options) {
      checkRoom();
      return await storage.appendOutbox(row, options);
    },
  };
}

const put = (store: "result" | "log", name: string) => ({ kind: "put", store, key: [name], row: name }) as const;

test("[CL30] a full storage gives up answers that can be asked for again before it refuses a change", async () => {
  const storage = withRoom(openSmallStorage(3));
  await storage.write([put("result", "a")]);
  await storage.write([put("result", "b")]);
  expect(await storage.appendOutbox("one")).toBe(1);
  expect(await storage.appendOutbox("two")).toBe(2);
  expect(await storage.list("result")).toEqual([]);
  await storage.write([put("log", "poke")]);
  await expect(storage.appendOutbox("three")).rejects.toMatchObject({ code: "storage_full" });
  await expect(storage.write([put("log", "next")])).rejects.toMatchObject({ code: "storage_full" });
  expect(await storage.listOutbox()).toHaveLength(2);
});
