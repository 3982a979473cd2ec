import { lensFromJson } from "bothy/internal";
import type { Document, Json, SchemaJson, TableLens, Value } from "bothy/internal";
import { schemasTable } from "../auth/index.ts";
import type { DocumentWrite, Engine } from "../engine/index.ts";
import type { KnownSchema, SchemaTree } from "./schema-tree.ts";
import { idFor, readAll, textIn, writeOf } from "./system-documents.ts";
import type { SystemEngine } from "./system-documents.ts";

/** An app's schema as it comes into force. */
export interface AppSchema {
  readonly hash: string;
  readonly json: SchemaJson;
  /** By table, as `lensToJson` writes them. */
  readonly lenses: { readonly [table: string]: Json };
}

/** The schemas that have been in force here. */
export function readHistory(engine: Pick<Engine, "schema" | "read">): SchemaTree {
  return new Map(readAll(engine, schemasTable).map((document) => [textIn(document, "hash"), knownOf(document)]));
}

function knownOf(document: Document): KnownSchema {
  const { parent, replacedMs } = document;
  return {
    hash: textIn(document, "hash"),
    // Written by `historyWrites` alone.
    json: JSON.parse(textIn(document, "schema")) as SchemaJson,
    lenses: lensesOf(JSON.parse(textIn(document, "lenses")) as AppSchema["lenses"]),
    parent: typeof parent === "string" ? parent : null,
    replacedMs: typeof replacedMs === "number" ? replacedMs : null,
  };
}

/** Lenses by table, of their JSON. */
export function lensesOf(json: AppSchema["lenses"]): Readonly<Record<string, TableLens>> {
  return Object.fromEntries(Object.entries(json).map(([table, lens]) => [table, lensFromJson(lens)]));
}

/** The schema in force; undefined before the first. */
export function inForce(tree: SchemaTree): KnownSchema | undefined {
  return [...tree.values()].find(({ replacedMs }) => replacedMs === null);
}

/** The hash of the schema in force, as the history has it. */
export function readSchemaInForce(engine: Pick<Engine, "schema" | "read">): string | undefined {
  return inForce(readHistory(engine))?.hash;
}

/** The history once an app's schema has come into force: after the one that it takes the place of. */
export function withApp(tree: SchemaTree, app: AppSchema, nowMs: number): SchemaTree {
  const current = inForce(tree);
  const known = tree.get(app.hash);
  const next = new Map(tree);
  if (current && current.hash !== app.hash) next.set(current.hash, { ...current, replacedMs: nowMs });
  next.set(app.hash, {
    hash: app.hash,
    json: app.json,
    lenses: lensesOf(app.lenses),
    parent: known === undefined ? (current?.hash ?? null) : known.parent,
    replacedMs: null,
  });
  return next;
}

/** What has to be written so that the history says that an app's schema is in force; nothing if it says so. */
export function historyWrites(engine: SystemEngine, app: AppSchema, nowMs: number): readonly DocumentWrite[] {
  const documents = readAll(engine, schemasTable);
  const current = documents.find(({ replacedMs }) => replacedMs === null);
  const known = documents.find(({ hash }) => hash === app.hash);
  const texts = { schema: JSON.stringify(app.json), lenses: JSON.stringify(app.lenses) };
  if (current && current === known && known["schema"] === texts.schema && known["lenses"] === texts.lenses) return [];
  const fields = {
    hash: app.hash,
    ...texts,
    parent: known?.["parent"] ?? (known ? null : (current?.["hash"] ?? null)),
    sinceMs: known?.["sinceMs"] ?? nowMs,
    replacedMs: null,
  };
  const put = (hash: string, put: { readonly [field: string]: Value }): DocumentWrite =>
    writeOf(engine, schemasTable, { id: idFor(schemasTable, hash), fields: put, nowMs });
  const writes = [put(app.hash, fields)];
  if (current && current !== known) {
    const { _id, _creationTime, ...rest } = current;
    writes.push(put(textIn(current, "hash"), { ...(rest as { [field: string]: Value }), replacedMs: nowMs }));
  }
  return writes;
}
