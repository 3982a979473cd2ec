import {
  documentKeys,
  encodeKeyElement,
  keyAfterPrefix,
  makeId,
  parseValue,
  sha256,
  stringifyValue,
} from "bothy/internal";
import { bytesOfText, tableOf } from "bothy/internal";
import type { Document, Value } from "bothy/internal";
import type { DocumentWrite, Engine } from "../engine/index.ts";

/** What these documents are read and written with. */
export type SystemEngine = Pick<Engine, "schema" | "read" | "commit" | "version">;

/** The id of a document that is named by a text: the same whenever it is written. */
export function idFor(table: string, name: string): string {
  return makeId(table, sha256(bytesOfText(name)).subarray(0, 16));
}

/** All documents of one of Bothy's own tables; none where a folder of an older release does not have it yet. */
export function readAll(engine: Pick<Engine, "schema" | "read">, table: string): readonly Document[] {
  if (!Object.hasOwn(engine.schema.tables, table)) return [];
  const range = { table, index: "by_id", equalities: 0, lower: "", upper: "\u00ff" };
  return engine.read(range, "asc", Number.MAX_SAFE_INTEGER).documents.map(({ text }) => parseValue(text) as Document);
}

/** One document of such a table. */
export function readOne(engine: Pick<Engine, "read">, table: string, id: string): Document | undefined {
  const lower = encodeKeyElement(id);
  const range = { table, index: "by_id", equalities: 1, lower, upper: keyAfterPrefix(lower) };
  const text = engine.read(range, "asc", 1).documents[0]?.text;
  return text === undefined ? undefined : (parseValue(text) as Document);
}

/** A field that holds text. */
export function textIn(document: Document, field: string): string {
  const value = document[field];
  return typeof value === "string" ? value : "";
}

/** The write that puts a document in place of the one before it; null removes it. */
export function writeOf(
  engine: SystemEngine,
  table: string,
  {
    id,
    fields,
    nowMs,
  }: { readonly id: string; readonly fields: { readonly [field: string]: Value } | null; readonly nowMs: number },
): DocumentWrite {
  const before = readOne(engine, table, id);
  const document = fields && ({ ...fields, _id: id, _creationTime: before?._creationTime ?? nowMs } as Document);
  const definition = tableOf(engine.schema, table);
  return {
    table,
    id,
    text: document && stringifyValue(document),
    before: before === undefined ? null : documentKeys(definition, before),
    after: document && documentKeys(definition, document),
  };
}
