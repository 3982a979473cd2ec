import { schemaFromJson, type Schema } from "bothy/internal";
import type { LogPosition } from "../log/index.ts";
import type { StoreReader } from "../store/index.ts";
import type { Book } from "./book-entries.ts";
import { noHorizon, type BookHorizon } from "./book-horizon.ts";
import { metaKeys } from "./keys.ts";
import type { BookShape, Deployment } from "./log-entry.ts";

/** What the engine keeps of itself in the store. */
export interface EngineMeta {
  readonly deployment: Deployment;
  readonly schema: Schema;
  readonly books: readonly Book[];
  readonly horizon: BookHorizon;
  /** The last record that the store contains. */
  readonly position: LogPosition;
}

/** Reads what the store knows of the engine; undefined if it is not all there, as in an empty store. */
export function readMeta(store: Pick<StoreReader, "get">): EngineMeta | undefined {
  const [deployment, schema, books, position] = [
    store.get(metaKeys.deployment),
    store.get(metaKeys.schema),
    store.get(metaKeys.books),
    store.get(metaKeys.position),
  ];
  if (deployment === undefined || schema === undefined || books === undefined || position === undefined)
    return undefined;
  const horizon = store.get(metaKeys.horizon);
  // Written by this code and read under a checksum.
  return {
    deployment: JSON.parse(deployment) as Deployment,
    schema: schemaFromJson(JSON.parse(schema)),
    // What was kept before rows were counted begins with none of them counted.
    books: (JSON.parse(books) as (BookShape & Pick<Book, "since">)[]).map((book) => ({
      countedTo: "",
      wholeAt: null,
      ...book,
    })),
    horizon: horizon === undefined ? noHorizon : (JSON.parse(horizon) as BookHorizon),
    position: JSON.parse(position) as LogPosition,
  };
}
