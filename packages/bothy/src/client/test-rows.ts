/** Rows that others write in the client's tests. */
import type { Row } from "../ranges/index.ts";
import { documentKeys, tableOf } from "../schema/index.ts";
import { makeId } from "../values/index.ts";
import { schema } from "./test-app.ts";

/** A note with an id of its own number, as another device would have written it. */
export function noteRow(id: number, list: string, text: string, version = 0): Row {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, id);
  const document = { _id: makeId("notes", bytes), _creationTime: 1, list, rank: id, text };
  return { id: document._id, version, keys: documentKeys(tableOf(schema, "notes"), document), document };
}

/** A field of a row that is text. */
export function textIn(row: Row, field: "text" | "list" | "user" = "text"): string {
  const value = row.document[field];
  return typeof value === "string" ? value : "";
}
