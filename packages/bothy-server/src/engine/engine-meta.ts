import { schemaFromJson, type Schema } from "bothy/internal";
import type { LogPosition } from "../log/index.ts";
import type { StoreReader } from "../store/index.ts";
import type { Book } from "./books.ts";
import { metaKeys } from "./keys.ts";
import type { Deployment } from "./log-entry.ts";

/** What the engine keeps of itself in the store. */
export interface EngineMeta {
  readonly deployment: Deployment;
  readonly schema: Schema;
  readonly books: readonly Book[];
  /** The last record that the store contains. */
  readonly position: LogPosition;
}

/** Reads what the store knows of the engine; undefined if it is not all there, as in an empty store. */
export function readMeta(store: StoreReader): EngineMeta | undefined {
  const [deployment, schema, books, position] = [
    store.get(metaKeys.deployment),
    store.get(metaKeys.schema),
    store.get(metaKeys.books),
    store.get(metaKeys.position),
  ];
  if (deployment === undefined || schema === undefined || books === undefined || position === undefined)
    return undefined;
  // Written by this code and read under a checksum.
  return {
    deployment: JSON.parse(deployment) as Deployment,
    schema: schemaFromJson(JSON.parse(schema)),
    books: JSON.parse(books) as Book[],
    position: JSON.parse(position) as LogPosition,
  };
}
