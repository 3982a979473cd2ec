import { deriveId, documentKeys, keyRangeOf, stringifyValue, tableOf } from "bothy/internal";
import type { Document, KeyRange } from "bothy/internal";
import { createWorld } from "bothy-server";
// The built files: what is measured is what runs.
import { withSystemTables } from "../../packages/bothy-server/dist/auth/index.js";
import { openEngine } from "../../packages/bothy-server/dist/engine/index.js";
import type { DocumentWrite, Engine } from "../../packages/bothy-server/dist/engine/index.js";
import schema from "../app/bothy/schema.ts";

/** Documents of one room: what a range query of the benchmarks returns. */
export const roomSize = 100;
const documentBytes = 300;
const deviceKey = new Uint8Array(32);

/** Opens a data folder as the server of the benchmarks' app does. */
export function openBenchEngine(folder: string): Promise<Engine> {
  const world = createWorld({ logFormat: "json", logLevel: "warn" });
  return openEngine({ world, folder, schema: withSystemTables(schema), store: "lmdb" });
}

/** The insert of the n-th document: of 300 bytes, with two indexes. */
export function insertOf(engine: Engine, n: number): DocumentWrite {
  const table = tableOf(engine.schema, "items");
  const fields = { _id: idOf(n), _creationTime: 1_700_000_000_000 + n, room: roomOf(n), rank: n % roomSize, count: 0 };
  const bare = stringifyValue({ ...fields, text: "" });
  const document: Document = { ...fields, text: "x".repeat(documentBytes - bare.length) };
  const text = stringifyValue(document);
  return { table: "items", id: document._id, text, before: null, after: documentKeys(table, document) };
}

/** The id of the n-th document: as spread out as those of an app. */
export function idOf(n: number): string {
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setUint32(0, n);
  return deriveId(deviceKey, nonce, "items", 0);
}

/** The room of the n-th document. */
export function roomOf(n: number): string {
  return `room-${Math.floor(n / roomSize)}`;
}

/** The range of one document. */
export function rangeOfId(engine: Engine, id: string): KeyRange {
  return keyRangeOf(engine.schema, { table: "items", index: "by_id", prefix: [id] });
}

/** The range of one room, in the order of rank. */
export function rangeOfRoom(engine: Engine, room: string): KeyRange {
  return keyRangeOf(engine.schema, { table: "items", index: "by_room_rank", prefix: [room] });
}

/** Microseconds that one of many calls takes. */
export function microsecondsEach(count: number, call: (at: number) => void): number {
  const started = performance.now();
  for (let at = 0; at < count; at++) call(at);
  return ((performance.now() - started) * 1_000) / count;
}
