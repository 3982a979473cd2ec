import {
  assert,
  BothyError,
  indexOf,
  schemaToJson,
  tableOf,
  utf8Length,
  type KeyRange,
  type Schema,
  type Version,
} from "bothy/internal";
import type { World } from "../base/index.ts";
import { recordTextMax, type CommitLog } from "../log/index.ts";
import type { StoreReader } from "../store/index.ts";
import type { BookLimits } from "./book-horizon.ts";
import { countUpTo } from "./book-steps.ts";
import { BookTender } from "./book-tender.ts";
import type { DiskRoom } from "./disk-room.ts";
import { callSafely, type DurabilityGate } from "./durability-gate.ts";
import type { CommitKind, EngineFigures } from "./engine-figures.ts";
import type { EngineState } from "./engine-state.ts";
import type {
  ChangeSchemaOptions,
  Commit,
  CommitFootprint,
  CommitOutcome,
  CommitRequest,
  DocumentWrite,
  Engine,
  ReadResult,
  Reservation,
  SchemaProgress,
  Snapshot,
} from "./engine.ts";
import { hashKey, recordKey } from "./keys.ts";
import { encodeLogEntry, shapeOf, type BookShape, type Deployment, type LogEntry } from "./log-entry.ts";
import { readChanges, readDigest, readNewestChange } from "./read-book.ts";
import { createCursor, readRange } from "./read-range.ts";
import { RecentWrites } from "./recent-writes.ts";
import { mergeOnto } from "./merge-write.ts";
import { rangeOfDocument, Reservations } from "./reservations.ts";
import { SchemaChanger } from "./schema-changer.ts";
import { withTouchedWidth } from "./stage-commit.ts";

/** What an engine is made of once it is open. */
export interface EngineParts {
  readonly world: Pick<World, "clock" | "random" | "log">;
  readonly state: EngineState;
  readonly gate: DurabilityGate;
  readonly log: CommitLog;
  readonly bookLimits: BookLimits;
  readonly room: DiskRoom;
  /** Gives back what was taken to open it. */
  readonly release: () => Promise<void>;
}

export class RunningEngine implements Engine {
  readonly #parts: EngineParts;
  #recent: RecentWrites;
  readonly #reservations: Reservations;
  readonly #tender: BookTender;
  readonly #schemas: SchemaChanger;
  readonly #listeners = new Set<(commit: Commit) => void>();
  readonly #commits: Record<CommitKind, number> = { documents: 0, records: 0, book: 0, epoch: 0, schema: 0 };
  readonly #conflicts = { reads: 0, guard: 0 };
  readonly secret: Uint8Array;
  /** The last record that brought a schema since the engine was opened, or where it began. */
  #schemaVersion: Version;
  #snapshotReads = 0;
  #isTelling = false;
  #isOpen = true;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#recent = new RecentWrites(parts.state.schema, parts.state.version);
    this.#schemaVersion = parts.state.version;
    this.#reservations = new Reservations(parts.world.clock, () => parts.state.schema);
    const { world, state, bookLimits } = parts;
    this.#tender = new BookTender({
      clock: world.clock,
      state,
      limits: bookLimits,
      append: (bookStep) => void this.#append({ timeMs: world.clock.nowMs(), writes: [], records: [], bookStep }, []),
    });
    this.#tender.noticed();
    this.#schemas = new SchemaChanger({ ...parts, put: (next) => this.#putSchema(next) });
    this.secret = new Uint8Array(Buffer.from(this.#deployment.secret, "hex"));
  }

  get schema(): Schema {
    return this.#parts.state.schema;
  }

  get serverId(): string {
    return this.#deployment.serverId;
  }

  get epoch(): string {
    return this.#deployment.epoch;
  }

  get version(): Version {
    return this.#parts.state.version;
  }

  get durableVersion(): Version {
    return this.#parts.gate.durableVersion;
  }

  get isOverloaded(): boolean {
    const { state, room } = this.#parts;
    return state.layer.isOverloaded || room.isShort;
  }

  get diskShortage(): BothyError | undefined {
    const { room } = this.#parts;
    return room.isShort ? room.shortage() : undefined;
  }

  get figures(): EngineFigures {
    const { log, state } = this.#parts;
    const { applySeconds, pendingBytes } = state.layer;
    return {
      commits: this.#commits,
      conflicts: this.#conflicts,
      contention: this.#reservations.figures,
      log: log.figures,
      applySeconds,
      pendingBytes,
      snapshotReads: this.#snapshotReads,
    };
  }

  get #deployment(): Deployment {
    const { deployment } = this.#parts.state;
    assert(deployment !== undefined, "an open engine has a deployment");
    return deployment;
  }

  get #view(): StoreReader {
    assert(this.#isOpen, "a closed engine is not read");
    return this.#parts.state.layer.view;
  }

  read(range: KeyRange, order: "asc" | "desc", limit: number): ReadResult {
    return readRange(this.schema, this.#view, range, { order, limit });
  }

  readRecord(key: readonly (string | number)[]): string | undefined {
    return this.#view.get(recordKey(key));
  }

  logHash(version: Version): string | undefined {
    return this.#view.get(hashKey(version));
  }

  openSnapshot(): Snapshot {
    assert(this.#isOpen, "a closed engine is not read");
    const { state, gate } = this.#parts;
    const version = gate.durableVersion;
    const { view, close } = state.layer.openView(version);
    const { schema } = this;
    const reader = { view, version, books: state.books };
    const counted = <Read extends { readonly documents: readonly unknown[] }>(read: Read): Read => {
      this.#snapshotReads += read.documents.length;
      return read;
    };
    return {
      version,
      read: (range, order, limit) => counted(readRange(schema, view, range, { order, limit })),
      cursor: (range) => {
        const { next } = createCursor(schema, view, range);
        return { next: (maxBytes) => counted(next(maxBytes)) };
      },
      changes: (range, since) => {
        const changes = readChanges(reader, range, since);
        this.#snapshotReads += changes?.rows.length ?? 0;
        return changes;
      },
      newestChange: (range) => readNewestChange(reader, range),
      digest: (range) => readDigest(reader, range),
      close,
    };
  }

  commit(request: CommitRequest): CommitOutcome {
    assert(request.snapshot <= this.version, "a transaction reads what has been committed");
    if (this.#parts.room.isShort) throw this.#parts.room.shortage();
    const { records = [], guard, reservation } = request;
    const { range, writes } = this.#validate(request);
    if (range !== undefined) {
      this.#conflicts.reads++;
      const { table, index } = range;
      this.#parts.world.log.debug("A transaction met a later commit.", { table, index });
      return { kind: "conflict", range };
    }
    if (guard !== undefined && !guard()) {
      this.#conflicts.guard++;
      return { kind: "conflict" };
    }
    if (this.#reservations.mustWait(writes, reservation)) return { kind: "reserved" };
    const version = this.#append({ timeMs: this.#parts.world.clock.nowMs(), writes, records }, writes);
    // The next one begins now that this one is visible, not only once it is durable.
    reservation?.end();
    return { kind: "committed", version };
  }

  reserve(request: CommitFootprint, own?: Reservation): Reservation {
    assert(this.#isOpen, "a closed engine reserves nothing");
    // The keys of a former schema say nothing any more; the next run tells.
    const isOfSchema = request.snapshot >= this.#schemaVersion;
    return this.#reservations.reserve(isOfSchema ? request : { reads: [], writes: [] }, own);
  }

  isUnchangedSince(range: KeyRange, since: Version): boolean {
    return !this.#recent.isTouchedSince(range, since);
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onDurable(listener: (commits: readonly Commit[]) => void): () => void {
    return this.#parts.gate.onDurable(listener);
  }

  whenDurable(version: Version): Promise<void> {
    return this.#parts.gate.whenDurable(version);
  }

  keepBook(range: BookShape): void {
    const { table, index, equalities } = range;
    const shape = shapeOf(range);
    const { fields } = indexOf(tableOf(this.schema, table), index);
    assert(equalities >= 0 && equalities <= fields.length, "a shape fixes fields of its index");
    const { state, world, bookLimits } = this.#parts;
    if (state.books.find(shape) !== undefined) return;
    const entry = { timeMs: world.clock.nowMs(), writes: [], records: [], book: shape };
    const context = { schema: this.schema, view: this.#view, books: state.books, version: this.version + 1 };
    const placed = state.books.bookOf(entry, context.version);
    assert(placed !== undefined, "the record begins a book");
    // What is small is counted at once; the tender goes on from there.
    const to = countUpTo(context, placed, bookLimits.stepRows);
    this.#append({ ...entry, bookStep: { kind: "count", book: shape, to } }, []);
  }

  changeSchema(next: Schema, options: ChangeSchemaOptions = {}): Promise<void> {
    assert(this.#isOpen, "a closed engine takes no schema");
    return this.#schemas.change(next, options);
  }

  get schemaProgress(): SchemaProgress | undefined {
    return this.#schemas.progress;
  }

  #putSchema(next: Schema): Version {
    const entry = { timeMs: this.#parts.world.clock.nowMs(), writes: [], records: [], schema: schemaToJson(next) };
    return this.#append(entry, []);
  }

  async openEpoch(): Promise<void> {
    const epoch = Buffer.from(this.#parts.world.random.bytes(16)).toString("hex");
    const version = this.#append({ timeMs: this.#parts.world.clock.nowMs(), writes: [], records: [], epoch }, []);
    await this.whenDurable(version);
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#tender.stop();
    await this.#schemas.stop();
    const { state, gate, log, room, release } = this.#parts;
    await log.flush();
    // On a disk without room the store stays behind the log, from which the next start goes on.
    if (!gate.hasFailed && !room.isShort) await state.layer.drain();
    room.close();
    this.#isOpen = false;
    this.#reservations.endAll();
    state.layer.stop();
    await log.close();
    await release();
  }

  /**
   * What the transaction writes, as it is to be committed now, or a range that it read and that was written since. A document
   * that it writes counts as read: its index keys before the write must be those in force. Operations are applied to it as it is.
   */
  #validate({ snapshot, reads, writes }: CommitRequest): {
    readonly range?: KeyRange;
    readonly writes: readonly DocumentWrite[];
  } {
    const isCurrent = snapshot === this.version;
    if (!isCurrent)
      for (const range of reads) if (this.#recent.isTouchedSince(range, snapshot)) return { range, writes };
    const valid: DocumentWrite[] = [];
    for (const write of writes) {
      const range = rangeOfDocument(write);
      const isAsRead = isCurrent || !this.#recent.isTouchedSince(range, snapshot);
      const { merges, ...asRead } = write;
      // What ran with a former schema runs again with the functions of this one.
      const canMerge = merges !== undefined && snapshot >= this.#schemaVersion;
      const merged = isAsRead ? asRead : canMerge ? mergeOnto(this.schema, this.#view, write) : undefined;
      if (merged === undefined) return { range, writes };
      valid.push(merged);
    }
    return { writes: valid };
  }

  /** What was read and written before is in keys of the former schema: every transaction that began before begins anew. */
  #beginSchema(version: Version): void {
    this.#schemaVersion = version;
    this.#recent = new RecentWrites(this.schema, version);
    this.#reservations.endAll();
  }

  /** Gives a record its version and makes it visible, in one step. Nothing has changed if it throws. */
  #append(entry: LogEntry, documentWrites: readonly DocumentWrite[]): Version {
    assert(this.#isOpen && !this.#parts.gate.hasFailed, "a closed engine takes no commit");
    assert(!this.#isTelling, "a listener of commits does not commit");
    const { state, gate, log, world, room } = this.#parts;
    const writes = withTouchedWidth(this.schema, this.#view, documentWrites);
    const stamps: string[] = [];
    const planned = state.plan(entry, writes, stamps);
    const text = encodeLogEntry(entry);
    if (isTooLong(text)) throw recordTooLarge();
    const hash = log.append(state.version + 1, text);
    room.note(text.length);
    const version = state.take(entry, planned, hash);
    if (entry.schema === undefined) this.#recent.add(version, writes, gate.durableVersion);
    else this.#beginSchema(version);
    const commit: Commit = { version, timeMs: entry.timeMs, writes, stamps, records: entry.records };
    this.#commits[kindOf(entry)]++;
    gate.admit(commit);
    this.#isTelling = true;
    for (const listener of this.#listeners) callSafely(world.log, () => listener(commit));
    this.#isTelling = false;
    this.#tender.noticed();
    return version;
  }
}

/** A character has at most three bytes in UTF-8 for each unit. */
function isTooLong(text: string): boolean {
  return text.length > recordTextMax / 3 && utf8Length(text) > recordTextMax;
}

function recordTooLarge(): BothyError {
  return new BothyError("transaction_too_large", {
    message: `A commit has more than ${recordTextMax.toLocaleString("en")} bytes as text.`,
    fix: "Write in several mutations; control characters take six bytes each.",
  });
}

function kindOf({ writes, book, epoch, schema }: LogEntry): CommitKind {
  if (schema !== undefined) return "schema";
  if (book !== undefined) return "book";
  if (epoch !== undefined) return "epoch";
  return writes.length > 0 ? "documents" : "records";
}
