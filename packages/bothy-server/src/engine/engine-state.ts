import { schemaToJson, type Schema, type Version } from "bothy/internal";
import type { Clock } from "../base/index.ts";
import type { LogPosition } from "../log/index.ts";
import type { Store, StoreWrite } from "../store/index.ts";
import type { Book } from "./book-entries.ts";
import type { BookHorizon } from "./book-horizon.ts";
import { readLeft } from "./book-notes.ts";
import { writesOfStep } from "./book-steps.ts";
import { Books } from "./books.ts";
import type { DocumentWrite } from "./engine.ts";
import type { EngineMeta } from "./engine-meta.ts";
import { hashKey, metaKeys } from "./keys.ts";
import { schemaOfEntry, type Deployment, type LogEntry } from "./log-entry.ts";
import { PendingLayer } from "./pending-layer.ts";
import { booksAfter, buildIndexes, dropIndexes, planSchemaChange, type OnProgress } from "./schema-change.ts";
import { documentWritesOf, stageWrites } from "./stage-commit.ts";

// Applied in batches while the log is read, so that memory does not grow with it.
const replayedAtOnce = 50_000;

/** The state that a log comes to: what recovery and running share, so that both make the same of a record. */
export class EngineState {
  readonly store: Store;
  readonly layer: PendingLayer;
  readonly #onProgress: OnProgress;
  #deployment: Deployment | undefined;
  #schema: Schema;
  #books: Books;
  #version: Version;
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

  /** What the next record would write, without changing anything. */
  plan(entry: LogEntry, writes: readonly DocumentWrite[]): StoreWrite[] {
    const context = { schema: this.#schema, view: this.layer.view, books: this.#books, version: this.#version + 1 };
    return [...stageWrites(context, writes, entry.records), ...writesOfStep(context, entry)];
  }

  /** Makes the next record visible: `planned` is what `plan` said, `hash` the log's with this record. */
  take(entry: LogEntry, planned: StoreWrite[], hash: string): Version {
    const version = ++this.#version;
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

  /** Does again what a record of the log did. */
  async replay(entry: LogEntry, position: LogPosition): Promise<void> {
    const next = schemaOfEntry(entry);
    if (next === undefined) {
      const planned = this.plan(entry, documentWritesOf(this.#schema, this.layer.view, entry));
      this.#replayedWrites += planned.length;
      this.take(entry, planned, position.hash);
      this.layer.release(position);
    } else {
      await this.layer.drain();
      const durable = async (): Promise<void> => this.layer.release(position);
      await this.takeSchema(next, entry, () => ({ hash: position.hash, durable }));
    }
    if (this.#replayedWrites < replayedAtOnce) return;
    await this.layer.drain();
    this.#replayedWrites = 0;
    this.#onProgress(`Reading the log: version ${this.#version}.`);
  }

  /**
   * Puts another schema in force with the record that says so: new indexes are built first, old ones dropped once the
   * record is durable and applied. Whatever happens in between, the schema that the log says is in force has its indexes
   * whole. Nothing else may wait to be applied. `log` appends the record, whose `durable` also releases it.
   */
  async takeSchema(
    next: Schema,
    entry: LogEntry,
    log: () => { readonly hash: string; readonly durable: () => Promise<void> },
  ): Promise<void> {
    const change = planSchemaChange(this.#deployment === undefined ? undefined : this.#schema, next);
    await buildIndexes(change, this.store, this.#onProgress);
    const kept = booksAfter(change, this.#books.list);
    this.#schema = next;
    this.#books = new Books(next, kept, this.#books.horizon);
    const { hash, durable } = log();
    this.take(entry, [[metaKeys.schema, JSON.stringify(schemaToJson(next))], booksWrite(kept)], hash);
    await durable();
    await this.layer.drain();
    await dropIndexes(change, this.store);
  }
}

function booksWrite(books: readonly Book[]): StoreWrite {
  return [metaKeys.books, JSON.stringify(books)];
}

function horizonWrite(horizon: BookHorizon): StoreWrite {
  return [metaKeys.horizon, JSON.stringify(horizon)];
}
