import { decodeValue, encodeValue } from "bothy/internal";
import type { Json, Value } from "bothy/internal";
import type { Clock } from "../base/index.ts";
import type { AdminConnection } from "../server/index.ts";

/** How far an import is. */
export interface ImportProgress {
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
}

export interface InsertRequest {
  readonly admin: AdminConnection;
  readonly clock: Clock;
  readonly table: string;
  readonly documents: readonly Value[];
  readonly onProgress: (progress: ImportProgress) => void;
}

/** One call, and so one transaction, carries at most this many documents and about this much text. */
const batchRowsMax = 500;
const batchCharactersMax = 512 * 1024;

/** Inserts documents batch by batch, in order, and returns their ids. Each batch is there whole or not at all. */
export async function insertRows(request: InsertRequest): Promise<readonly string[]> {
  const { admin, clock, table, documents } = request;
  const startedMs = clock.monotonicMs();
  const ids: string[] = [];
  for (const batch of batchesOf(documents)) {
    const returned = decodeValue(await admin.call("_system/tables:insertDocuments", { table, documents: batch }));
    if (Array.isArray(returned)) ids.push(...returned.filter((id) => typeof id === "string"));
    const seconds = Math.max(clock.monotonicMs() - startedMs, 1) / 1000;
    request.onProgress({ done: ids.length, total: documents.length, perSecond: ids.length / seconds });
  }
  return ids;
}

function* batchesOf(documents: readonly Value[]): Generator<Json[]> {
  let batch: Json[] = [];
  let characters = 0;
  for (const document of documents) {
    const encoded = encodeValue(document);
    const length = JSON.stringify(encoded).length;
    if (batch.length > 0 && (batch.length === batchRowsMax || characters + length > batchCharactersMax)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(encoded);
    characters += length;
  }
  if (batch.length > 0) yield batch;
}
