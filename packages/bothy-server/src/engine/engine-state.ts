import { schemaToJson, type Schema, type Version } from "bothy/internal";
import type { Clock } from "../base/index.ts";
import type { LogPosition } from "../log/index.ts";
import type { Store, StoreWrite } from "../store/index.ts";
import type { Book } from "./book-entries.ts";
import type { BookHorizon } from "./book-horizon.ts";
import { readLeft } from "./book-notes.ts";
import { writesOfStep } from "./book-steps.ts";
import { Books } from "./books.ts";
import { buildIndexes, clearPrefixes, prefixesToClear, type BuildParts } from "./build-schema.ts";
import { Construction } from "./construction.ts";
import type { DocumentWrite } from "./engine.ts";
import type { EngineMeta } from "./engine-meta.ts";
import { hashKey, metaKeys } from "./keys.ts";
import { schemaOfEntry, type Deployment, type LogEntry } from "./log-entry.ts";
import { PendingLayer } from "./pending-layer.ts";
import { booksAfter, planSchemaChange, type OnProgress } from "./schema-change.ts";
import { documentWritesOf, stageWrites } from "./stage-commit.ts";

// Applied in batches while the log is read, so that memory does not grow with it.
const replayedAtOnce = 50_000;

/** The state that a log comes to: what recovery and running share, so that both make the same of a record. */
export class EngineState {
  readonly store: Store;
  readonly layer: PendingLayer;
  readonly #clock: Clock;
  readonly #onProgress: OnProgress;
  #deployment: Deployment | undefined;
  #schema: Schema;
  #books: Books;
  #version: Version;
  #construction: Construction | undefined;
  #replayedWrites = 0;

  constructor(options: {
    store: Store;
    clock: Clock;
    meta: EngineMeta | undefined;
    onProgress: OnProgress;
    onFailure: (error: unknown) => void;
  }) {
    const { store, clock, meta, onProgress, onFailure } = options;
    this.store = store;
    this.#clock = clock;
    this.layer = new PendingLayer(store, clock, onFailure);
    this.#onProgress = onProgress;
    this.#deployment = meta?.deployment;
    this.#schema = meta?.schema ?? { tables: {} };
    this.#books = new Books(this.#schema, meta?.books ?? [], meta?.horizon);
    this.#version = meta?.position.version ?? 0;
  }

  get deployment(): Deployment | undefined {
    return this.#deployment;
  }

  get schema(): Schema {
    return this.#schema;
  }

  get books(): Books {
    return this.#books;
  }

  get version(): Version {
    return this.#version;
  }

  /** What the next record would write, without changing anything. `stamps` is given what `StageContext` says. */
  plan(entry: LogEntry, writes: readonly DocumentWrite[], stamps: string[] = []): StoreWrite[] {
    const version = this.#version + 1;
    const context = { schema: this.#schema, view: this.layer.view, books: this.#books, version, stamps };
    return [...stageWrites(context, writes, entry.records), ...writesOfStep(context, entry)];
  }

  /** Makes the next record visible: `planned` is what `plan` said, `hash` the log's with this record. */
  take(entry: LogEntry, planned: StoreWrite[], hash: string): Version {
    const version = ++this.#version;
    if (this.#construction !== undefined) planned.push(...this.#construction.take(this.layer.view, entry.writes));
    const next = schemaOfEntry(entry);
    if (next !== undefined) planned.push(...this.#takeSchema(next));
    if (entry.deployment !== undefined) this.#deployment = entry.deployment;
    if (entry.epoch !== undefined && this.#deployment !== undefined)
      this.#deployment = { ...this.#deployment, epoch: entry.epoch };
    const concernsBooks = entry.book !== undefined || entry.bookStep !== undefined;
    if (concernsBooks) this.#books.take(entry, version, readLeft(this.layer.view));
    planned.push([hashKey(version), hash]);
    if (entry.deployment !== undefined || entry.epoch !== undefined)
      planned.push([metaKeys.deployment, JSON.stringify(this.#deployment)]);
    if (concernsBooks || entry.deployment !== undefined) planned.push(booksWrite(this.#books.list));
    if (concernsBooks) planned.push(horizonWrite(this.#books.horizon));
    this.layer.stage(version, planned);
    return version;
  }

  /** From now on each record is also looked at and indexed as another schema would; undefined: no more. */
  construct(construction: Construction | undefined): void {
    this.#construction = construction;
  }

  /** Does again what a record of the log did. */
  async replay(entry: LogEntry, position: LogPosition): Promise<void> {
    const next = schemaOfEntry(entry);
    if (next !== undefined) return await this.#replaySchema(next, entry, position);
    const planned = this.plan(entry, documentWritesOf(this.#schema, this.layer.view, entry));
    this.#replayedWrites += planned.length;
    this.take(entry, planned, position.hash);
    this.layer.release(position);
    if (this.#replayedWrites < replayedAtOnce) return;
    await this.layer.drain();
    this.#replayedWrites = 0;
    this.#onProgress(`Reading the log: version ${this.#version}.`);
  }

  /** Whatever stands in the store of its indexes, they are built anew: perhaps the store had come half the way only. */
  async #replaySchema(next: Schema, entry: LogEntry, position: LogPosition): Promise<void> {
    await this.layer.drain();
    const change = planSchemaChange(this.#deployment === undefined ? undefined : this.#schema, next);
    const parts: BuildParts = {
      clock: this.#clock,
      store: this.store,
      layer: this.layer,
      onProgress: this.#onProgress,
      onFigures: () => undefined,
      isStopped: () => false,
    };
    await clearPrefixes(parts, prefixesToClear({ ...change, dropped: [] }));
    await buildIndexes(parts, new Construction(change), new Map());
    this.take(entry, this.plan(entry, []), position.hash);
    this.layer.release(position);
    await this.layer.drain();
    await clearPrefixes(parts, prefixesToClear({ ...change, built: [] }));
  }

  /** What a record that brings a schema makes of the schema and the books. */
  #takeSchema(next: Schema): StoreWrite[] {
    const change = planSchemaChange(this.#deployment === undefined ? undefined : this.#schema, next);
    const kept = booksAfter(change, this.#books.list);
    this.#schema = next;
    this.#books = new Books(next, kept, this.#books.horizon);
    this.#construction = undefined;
    return [[metaKeys.schema, JSON.stringify(schemaToJson(next))], booksWrite(kept)];
  }
}

function booksWrite(books: readonly Book[]): StoreWrite {
  return [metaKeys.books, JSON.stringify(books)];
}

function horizonWrite(horizon: BookHorizon): StoreWrite {
  return [metaKeys.horizon, JSON.stringify(horizon)];
}
