import { describe, expect, test } from "vitest";
import type { ClientStorage, StoredRow } from "./client-storage.ts";

/** Opens another handle on the same content. */
type OpenHandle = () => Promise<ClientStorage>;

const put = (
  key: readonly (string | number)[],
  row: StoredRow,
  store: "meta" | "log" | "segment" | "rejected" = "log",
) => ({ kind: "put", store, key, row }) as const;

/** The rules that every client storage keeps (docs/spec/client.md); `create` makes an empty content. */
export function describeClientStorage(title: string, create: () => OpenHandle): void {
  describe(title, () => {
    const open = (): Promise<ClientStorage> => create()();

    test("[CL1] what was written is read back, and is not shared with its writer", async () => {
      const storage = await open();
      const row = { text: "a", bytes: new Uint8Array([1, 2]), big: 7n, deep: { list: [1] } };
      await storage.write([put(["a"], row, "meta")]);
      row.deep.list.push(2);
      expect(await storage.get("meta", ["a"])).toEqual({
        text: "a",
        bytes: new Uint8Array([1, 2]),
        big: 7n,
        deep: { list: [1] },
      });
      expect(await storage.get("meta", ["b"])).toBe(undefined);
    });

    test("[CL1] rows of a store are listed in key order: numbers before strings, shorter keys first", async () => {
      const storage = await open();
      await storage.write([
        put(["b"], 1),
        put([10, "x"], 2),
        put([2], 3),
        put([10], 4),
        put(["a", 2], 5),
        put(["a"], 6),
      ]);
      const keys = (await storage.list("log")).map(({ key }) => key);
      expect(keys).toEqual([[2], [10], [10, "x"], ["a"], ["a", 2], ["b"]]);
    });

    test("[CL1] a stretch of keys is listed with both of its ends and nothing beside it", async () => {
      const storage = await open();
      await storage.write([put([0, 1], 1), put([0, 2], 2), put([1], 3), put([1, 0], 4), put(["a"], 5)]);
      const keysIn = async (lower: readonly number[], upper: readonly number[]) =>
        (await storage.list("log", [lower, upper])).map(({ key }) => key);
      expect(await keysIn([0], [1])).toEqual([[0, 1], [0, 2], [1]]);
      expect(await keysIn([0, 2], [1, 0])).toEqual([[0, 2], [1], [1, 0]]);
      expect(await keysIn([3], [4])).toEqual([]);
    });

    test("[CL27] several reads see one moment, also while another tab writes", async () => {
      const openHandle = create();
      const [storage, other] = [await openHandle(), await openHandle()];
      const writeAll = async (): Promise<void> => {
        for (let round = 1; round <= 20; round++) {
          await other.appendOutbox(round, { operations: [put(["round"], round, "meta"), put([round], round)] });
        }
      };
      const written = writeAll();
      for (let last = 0; last < 20;) {
        const [meta = [], log = [], outbox = []] = await storage.read([
          { store: "meta", bounds: [["round"], ["round"]] },
          { store: "log", bounds: [[1], [20]] },
          { store: "outbox" },
        ]);
        last = Number(meta[0]?.row ?? 0);
        const rounds = Array.from({ length: last }, (_, at) => ({ key: [at + 1], row: at + 1 }));
        expect([log, outbox]).toEqual([rounds, rounds]);
      }
      await written;
      expect(await storage.read([{ store: "rejected" }, { store: "log", bounds: [[2], [2]] }])).toEqual([
        [],
        [{ key: [2], row: 2 }],
      ]);
    });

    test("[CL1] a range is deleted with both of its ends and nothing beside it", async () => {
      const storage = await open();
      await storage.write(
        [
          [1, 0],
          [1, 9],
          [2, 0],
          [3, 1],
          [3, 2],
        ].map((key) => put(key, 0)),
      );
      await storage.write([{ kind: "delete_range", store: "log", lower: [1, 9], upper: [3, 1] }]);
      expect((await storage.list("log")).map(({ key }) => key)).toEqual([
        [1, 0],
        [3, 2],
      ]);
      await storage.write([{ kind: "delete", store: "log", key: [1, 0] }]);
      expect((await storage.list("log")).map(({ key }) => key)).toEqual([[3, 2]]);
    });

    test("[CL1] outbox numbers are gapless, in the order of the calls, and survive the removal of what they named", async () => {
      const openHandle = create();
      const storage = await openHandle();
      const numbers = await Promise.all(["a", "b", "c"].map((row) => storage.appendOutbox(row)));
      expect(numbers).toEqual([1, 2, 3]);
      await storage.removeOutbox(3, []);
      const other = await openHandle();
      expect(await other.appendOutbox("d")).toBe(4);
      expect(await storage.listOutbox()).toEqual([{ n: 4, row: "d" }]);
    });

    test("[CL1] two tabs that append at once get different numbers without a gap", async () => {
      const openHandle = create();
      const [first, second] = [await openHandle(), await openHandle()];
      const numbers = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? first : second).appendOutbox(i)));
      expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    });

    test("[CL2] outbox rows leave together with what is written in their place", async () => {
      const storage = await open();
      for (const row of ["a", "b", "c"]) await storage.appendOutbox(row);
      await storage.removeOutbox(2, [put([2], "refused", "rejected")]);
      expect(await storage.listOutbox()).toEqual([{ n: 3, row: "c" }]);
      expect(await storage.listOutbox(4)).toEqual([]);
      expect(await storage.list("rejected")).toEqual([{ key: [2], row: "refused" }]);
    });

    test("[CL9] an outbox row takes the place of what is deleted with it, in one step", async () => {
      const storage = await open();
      await storage.write([put([1], "refused", "rejected")]);
      const operations = [{ kind: "delete", store: "rejected", key: [1] }] as const;
      const append = async (): Promise<number> => storage.appendOutbox({ run: () => 1 }, { operations });
      await expect(append()).rejects.toThrow();
      expect(await storage.list("rejected")).toHaveLength(1);
      expect(await storage.appendOutbox("again", { operations })).toBe(1);
      expect(await storage.list("rejected")).toEqual([]);
      expect(await storage.listOutbox()).toEqual([{ n: 1, row: "again" }]);
    });

    test("[CL2] a write with a fence that is no longer the stored one changes nothing", async () => {
      const openHandle = create();
      const [first, second] = [await openHandle(), await openHandle()];
      const old = await first.raiseFence();
      const fence = await second.raiseFence();
      expect(fence).toBe(old + 1);
      await second.appendOutbox("a");
      await expect(first.write([put([1], 1)], { fence: old })).rejects.toMatchObject({ code: "device_replaced" });
      await expect(first.removeOutbox(1, [], { fence: old })).rejects.toMatchObject({ code: "device_replaced" });
      await second.write([put([2], 2)], { fence });
      expect((await first.list("log")).map(({ key }) => key)).toEqual([[2]]);
      expect(await first.listOutbox()).toEqual([{ n: 1, row: "a" }]);
    });

    test("[CL27] strings order by their code units, and numbers by value, as in IndexedDB", async () => {
      const storage = await open();
      const keys = [
        [-7],
        [-1.5],
        [0],
        [2 ** 40],
        [""],
        ["a"],
        ["a", 1],
        ["a\u0000"],
        ["a\u0000b"],
        ["ab"],
        ["\ud83d\ude00"],
        ["\uffee"],
      ];
      await storage.write(keys.toReversed().map((key) => put(key, 0)));
      expect((await storage.list("log")).map(({ key }) => key)).toEqual(keys);
    });

    test("[CL2] of a write that cannot be stored, nothing is stored", async () => {
      const storage = await open();
      const write = async (): Promise<void> => storage.write([put([1], 1), put([2], { run: () => 1 })]);
      await expect(write()).rejects.toThrow();
      expect(await storage.list("log")).toEqual([]);
    });

    test("[CL27] a closed storage says so, and a destroyed one is empty when it is opened again, under another name", async () => {
      const openHandle = create();
      const storage = await openHandle();
      await storage.write([put([1], 1)]);
      await storage.appendOutbox("a");
      await storage.close();
      await expect(storage.list("log")).rejects.toMatchObject({ code: "storage_unavailable" });
      const other = await openHandle();
      expect(await other.list("log")).toHaveLength(1);
      expect(other.name).toBe(storage.name);
      await other.destroy();
      const again = await openHandle();
      expect(again.name).not.toBe(storage.name);
      expect(await again.list("log")).toEqual([]);
      expect(await again.listOutbox()).toEqual([]);
    });

    test("[CL36] another database takes the place of one that is deleted, for all tabs, and has nothing of it", async () => {
      const openHandle = create();
      const [storage, other] = [await openHandle(), await openHandle()];
      await storage.write([put([1], "secret")]);
      await storage.appendOutbox("a");
      await storage.removeOutbox(1, []);
      expect(await storage.reopen()).toBe(undefined);
      const next = await storage.replace({ operations: [put(["token"], "of the next", "meta")] });
      expect(next.name).not.toBe(storage.name);
      expect(await next.list("log")).toEqual([]);
      expect(await next.get("meta", ["token"])).toBe("of the next");
      expect(await next.appendOutbox("b")).toBe(1);
      await expect(storage.list("log")).rejects.toMatchObject({ code: "storage_unavailable" });
      await expect(other.appendOutbox("late")).rejects.toThrow();
      const moved = await other.reopen();
      expect(moved?.name).toBe(next.name);
      expect(await moved?.listOutbox()).toEqual([{ n: 1, row: "b" }]);
      expect(await next.listKept()).toEqual([]);
    });

    test("[CL37] a database in which mutations wait is not deleted unless that is asked for", async () => {
      const openHandle = create();
      const storage = await openHandle();
      await storage.appendOutbox("a");
      await expect(storage.replace({})).rejects.toMatchObject({
        code: "unsent_changes",
        message: "1 change has not been sent.",
        details: { count: 1 },
      });
      expect(await storage.appendOutbox("b")).toBe(2);
      const next = await storage.replace({ discardUnsent: true });
      expect(await next.listOutbox()).toEqual([]);
      expect(await (await openHandle()).listOutbox()).toEqual([]);
    });

    test("[CL37] a database that is put aside is listed, and has everything when it is put back in place", async () => {
      const openHandle = create();
      const storage = await openHandle();
      await storage.write([put([1], "row")]);
      await storage.appendOutbox("a");
      const label = { user: "issuer|ann", unsentCount: 1, keptMs: 7 };
      const next = await storage.replace({ keep: label });
      expect(await next.list("log")).toEqual([]);
      const [kept] = await next.listKept();
      expect(kept).toMatchObject(label);
      await expect(next.replace({ open: "no such" })).rejects.toMatchObject({ code: "not_found" });
      const back = await next.replace({ open: kept?.name ?? "" });
      expect(back.name).toBe(storage.name);
      expect(await back.list("log")).toEqual([{ key: [1], row: "row" }]);
      expect(await back.appendOutbox("b")).toBe(2);
      expect(await back.listKept()).toEqual([]);
    });

    test("[CL37] a kept database can be deleted, and two tabs that replace one at once end in the same", async () => {
      const openHandle = create();
      const [storage, other] = [await openHandle(), await openHandle()];
      const label = { user: "issuer|ann", unsentCount: 0, keptMs: 7 };
      const [first, second] = await Promise.all([storage.replace({ keep: label }), other.replace({ keep: label })]);
      expect(first.name).toBe(second.name);
      const [kept, ...more] = await first.listKept();
      expect(more).toEqual([]);
      await first.deleteKept(kept?.name ?? "");
      expect(await second.listKept()).toEqual([]);
    });
  });
}
