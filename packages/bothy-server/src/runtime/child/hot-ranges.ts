import { HeldRanges, documentKeys, scannedPart, tableOf } from "bothy/internal";
import type { KeyRange, Row, Schema, Version } from "bothy/internal";
import type { CommitMessage, HotReport, HotWrite, LimitedRange, RowsMessage } from "../messages.ts";
import { HotRow, parseDocument } from "./hot-row.ts";

/** What a row takes in memory beyond its text: the row, its keys, its places in the indexes, its parsed document. */
const rowOverheadBytes = 600;
/** The text itself, and about twice as much once it is parsed. */
const bytesPerCharacter = 3;
const rangeOverheadBytes = 400;
/** A smaller change of the whole is not told. */
const reportedChangeBytes = 262_144;

/** All rows of a range. */
export interface RangeRows {
  readonly part: KeyRange;
  readonly rows: readonly Row[];
}

/** Where one call reads: both generations as they were when it began. */
export interface HotSnapshot {
  readonly version: Version;
  /** The call's own: it may be written to. */
  readonly held: HeldRanges;
  readonly older: HeldRanges;
}

/**
 * What this process holds of the store, at the version of the last commit that it was sent.
 *
 * There are two generations. Reads are answered by the young one; what it lacks is taken from the old one, else asked
 * for. When the young one has grown to half of the budget it becomes the old one, and what the old one still has is
 * dropped: so what is used stays, what is not used for one whole generation goes. The old one goes as well once both
 * together are over the budget: what commits bring makes it grow, and the budget changes with the number of processes.
 */
export class HotRanges {
  readonly #schema: Schema;
  #budgetBytes: number;
  #young: HeldRanges;
  #old: HeldRanges;
  /** What snapshots share of the old generation until it changes: few calls look at it. */
  #oldSnapshot: HeldRanges | undefined;
  #youngBytes = 0;
  #oldBytes = 0;
  #version: Version = 0;
  #evictedBytes = 0;
  #toldBytes = 0;

  constructor(schema: Schema, budgetBytes: number) {
    this.#schema = schema;
    this.#budgetBytes = budgetBytes;
    this.#young = HeldRanges.create(schema);
    this.#old = HeldRanges.create(schema);
  }

  get version(): Version {
    return this.#version;
  }

  /** The bytes of both generations, as estimated. */
  get heldBytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  /** Holds no more than this from now on. Calls under way keep what they have begun with. */
  setBudget(budgetBytes: number): void {
    this.#budgetBytes = budgetBytes;
    this.#rotate();
  }

  /** What is to be told of its size; nothing, if little has changed since this was last asked. */
  report(): HotReport | undefined {
    const { heldBytes } = this;
    const evictedBytes = this.#evictedBytes;
    if (evictedBytes === 0 && Math.abs(heldBytes - this.#toldBytes) < reportedChangeBytes) return undefined;
    this.#toldBytes = heldBytes;
    this.#evictedBytes = 0;
    return { heldBytes, evictedBytes };
  }

  snapshot(): HotSnapshot {
    this.#oldSnapshot ??= this.#old.clone();
    return { version: this.#version, held: this.#young.clone(), older: this.#oldSnapshot };
  }

  /** States that every commit up to this version that concerns this process has been applied. */
  advance(version: Version): void {
    if (version > this.#version) this.#version = version;
  }

  applyCommit({ version, writes }: CommitMessage): void {
    for (const write of writes) {
      // Bothy's own tables, and those of a newer schema, are none of this bundle's business.
      if (this.#schema.tables[write.table] === undefined) continue;
      this.#oldSnapshot = undefined;
      this.#oldBytes += applyWrite(this.#old, write, version);
      this.#youngBytes += applyWrite(this.#young, write, version);
    }
    this.advance(version);
    this.#rotate();
  }

  /** Takes in what was read from the store; returns the rows. */
  addRead({ part, rows, version }: RowsMessage): RangeRows {
    const table = tableOf(this.#schema, part.table);
    this.advance(version);
    const read = rows.map(([id, rowVersion, text]): Row => {
      const document = parseDocument(text);
      return { id, version: rowVersion, keys: documentKeys(table, document), document, sizeBytes: text.length };
    });
    this.#add(part, read);
    return { part, rows: read };
  }

  /**
   * Answers a read from the old generation, if it has it: with the rows as the snapshot has them, while the young
   * generation gets them as they are now.
   */
  addOlder(snapshot: HotSnapshot, { range, order, limit }: LimitedRange): RangeRows | undefined {
    const { rows, isComplete } = snapshot.older.read(range, order, limit);
    if (!isComplete) return undefined;
    const position = tableOf(this.#schema, range.table).indexes.findIndex(({ name }) => name === range.index);
    const lastKey = rows.length === limit ? rows.at(-1)?.keys[position] : undefined;
    const part = lastKey === undefined ? range : scannedPart(range, order, lastKey);
    const now = this.#old.read(part, "asc", Infinity);
    if (now.isComplete) this.#add(part, now.rows);
    return { part, rows };
  }

  #add(range: KeyRange, rows: readonly Row[]): void {
    for (const row of rows) {
      this.#youngBytes += costOf(row) - costOf(this.#young.get(range.table, row.id));
      this.#young.put(range.table, row);
    }
    this.#young.hold(range);
    this.#youngBytes += rangeOverheadBytes;
    this.#rotate();
  }

  #rotate(): void {
    if (this.#youngBytes > this.#budgetBytes / 2) {
      this.#replaceOld(this.#young, this.#youngBytes);
      this.#young = HeldRanges.create(this.#schema);
      this.#youngBytes = 0;
    }
    // With a young generation within its half, what is over is always in the old one.
    if (this.heldBytes > this.#budgetBytes) this.#replaceOld(HeldRanges.create(this.#schema), 0);
  }

  #replaceOld(held: HeldRanges, sizeBytes: number): void {
    this.#evictedBytes += this.#oldBytes;
    this.#oldBytes = sizeBytes;
    this.#old = held;
    this.#oldSnapshot = undefined;
  }
}

/** Applies a write if it concerns what is held; returns by how much the memory grows. */
function applyWrite(held: HeldRanges, write: HotWrite, version: Version): number {
  const before = held.get(write.table, write.id);
  if (write.text === null || write.after === null) {
    held.remove(write.table, write.id);
    return -costOf(before);
  }
  if (before === undefined && !held.isInside(write.table, write.after)) return 0;
  const row = new HotRow(write.id, version, write.after, write.text);
  held.put(write.table, row);
  return costOf(row) - costOf(before);
}

function costOf(row: Row | undefined): number {
  return row === undefined ? 0 : rowOverheadBytes + bytesPerCharacter * (row.sizeBytes ?? 0);
}
