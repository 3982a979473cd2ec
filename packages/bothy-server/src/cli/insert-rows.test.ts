import { makeId } from "bothy/internal";
import type { Json } from "bothy/internal";
import { expect, test } from "vitest";
import { createManualClock } from "../base/index.ts";
import type { AdminConnection } from "../server/index.ts";
import { insertRows } from "./insert-rows.ts";

interface Batch {
  readonly table: string;
  readonly documents: readonly Json[];
}

/** A server that takes half a second for each batch. */
function slowServer(batches: Batch[]) {
  const clock = createManualClock();
  const admin: AdminConnection = {
    call: (name, args) => {
      expect(name).toBe("_system/tables:insertDocuments");
      const batch = args as unknown as Batch;
      batches.push(batch);
      clock.advance(500);
      return Promise.resolve(batch.documents.map((_, at) => makeId("t", new Uint8Array(16).fill(at % 256))));
    },
    close: () => Promise.resolve(),
  };
  return { admin, clock };
}

test("rows go in order in batches of bounded number, and progress tells rows per second", async () => {
  const batches: Batch[] = [];
  const progress: number[][] = [];
  const documents = Array.from({ length: 1_200 }, (_, at) => ({ at }));
  const ids = await insertRows({
    ...slowServer(batches),
    table: "t",
    documents,
    onProgress: ({ done, total, perSecond }) => void progress.push([done, total, perSecond]),
  });
  expect(ids).toHaveLength(1_200);
  expect(batches.flatMap((batch) => batch.documents)).toEqual(documents);
  expect(batches.map((batch) => batch.documents.length)).toEqual([500, 500, 200]);
  expect(progress).toEqual([
    [500, 1_200, 1_000],
    [1_000, 1_200, 1_000],
    [1_200, 1_200, 800],
  ]);
});

test("large rows make small batches, one row at least", async () => {
  const batches: Batch[] = [];
  const documents = Array.from({ length: 5 }, (_, at) => ({ text: "x".repeat(at === 2 ? 900_000 : 200_000) }));
  await insertRows({ ...slowServer(batches), table: "t", documents, onProgress: () => undefined });
  expect(batches.map((batch) => batch.documents.length)).toEqual([2, 1, 2]);
});

test("nothing to insert is no call", async () => {
  const batches: Batch[] = [];
  expect(await insertRows({ ...slowServer(batches), table: "t", documents: [], onProgress: () => undefined })).toEqual(
    [],
  );
  expect(batches).toEqual([]);
});
