import { chunkText, printOfRow, printsText } from "bothy/internal";
import type { ChunkRow, Grant, Key, PokeHeader, Version } from "bothy/internal";
import type { Snapshot, StoredDocument } from "../engine/index.ts";
import { isWholePrefix } from "./live-range.ts";
import type { LiveRange } from "./live-range.ts";
import type { RangeChange } from "./range-change.ts";
import { windowPart } from "./window-edge.ts";

/** How one range of a device is brought to the version of a snapshot. */
export type CatchUpStep =
  /** What changed is known. */
  | { readonly kind: "change"; readonly range: LiveRange; readonly change: RangeChange }
  /**
   * The device had the range at a version, from the edge `from` if it is a window. `edge` is that of the snapshot: the
   * range's own may move while the poke is being sent.
   */
  | {
      readonly kind: "since";
      readonly range: LiveRange;
      readonly since: Version;
      readonly from: Key | null;
      readonly edge: Key | null;
    }
  | { readonly kind: "whole"; readonly range: LiveRange; readonly edge: Key | null };

/** A piece of a poke: something for its header, and perhaps a chunk. */
export interface PokePiece {
  readonly grant?: Grant;
  readonly edge?: readonly [range: number, edge: string];
  /** Prints of the rows that are still there. */
  readonly still?: readonly [range: number, rows: string];
  /** A range of which the device has to find out by itself what has left. */
  readonly compare?: number;
  readonly chunk?: string;
}

/** Bounds on the pieces of a poke. */
export interface PieceLimits {
  readonly partBytes: number;
  /** Rows of one range whose prints are told; beyond, the device compares. */
  readonly stillRowsMax: number;
}

/** Makes the pieces of a poke one after the other, each in little time and of limited size. */
export function* catchUpPieces(
  snapshot: Snapshot,
  steps: Iterable<CatchUpStep>,
  limits: PieceLimits,
): Generator<PokePiece> {
  for (const step of steps) {
    switch (step.kind) {
      case "change": {
        const { range, change } = step;
        yield {
          chunk: change.text,
          ...(change.edge === undefined ? {} : { edge: [range.number, change.edge] as const }),
        };
        break;
      }
      case "since":
        yield* piecesSince(snapshot, step, limits);
        break;
      case "whole":
        yield* wholePieces(snapshot, step, limits.partBytes);
        break;
    }
  }
}

type StepOf<Kind> = Extract<CatchUpStep, { readonly kind: Kind }>;

/** What the books prove to be unchanged costs nothing, what they tell of is told, and of anything else the rows are looked at. */
function* piecesSince(snapshot: Snapshot, step: StepOf<"since">, limits: PieceLimits): Generator<PokePiece> {
  const { range, since, from, edge } = step;
  if (edge !== null && edge !== from) yield { edge: [range.number, edge] };
  const newest = snapshot.newestChange(range.prefix);
  if (newest !== undefined && newest <= since) {
    if (edge !== null && from !== null && edge < from) yield* rowsBetween(snapshot, range, [edge, from], limits);
    return;
  }
  const changes = isWholePrefix(range) ? snapshot.changes(range.keys, since) : undefined;
  if (changes === undefined) return yield* piecesOfRows(snapshot, step, limits);
  if (changes.rows.length === 0 && changes.gone.length === 0) return;
  let { gone } = changes;
  for (const rows of parted(changes.rows, limits.partBytes)) {
    yield { chunk: chunkOf(range, rows, gone) };
    gone = [];
  }
  if (gone.length > 0) yield { chunk: chunkOf(range, [], gone) };
}

/** Rows that a window has let in by moving down while nothing in its range has changed. */
function* rowsBetween(
  snapshot: Snapshot,
  range: LiveRange,
  [lower, upper]: readonly [Key, Key],
  { partBytes }: PieceLimits,
): Generator<PokePiece> {
  const cursor = snapshot.cursor({ ...range.keys, lower, upper });
  for (let isWhole = false; !isWhole;) {
    const read = cursor.next(partBytes);
    isWhole = read.isWhole;
    if (read.documents.length > 0) yield { chunk: chunkOf(range, read.documents, []) };
  }
}

/**
 * Every row says whether it is newer than what the device has; of the others their prints are told, so that the device knows
 * what has left without an id being named (SY41).
 */
function* piecesOfRows(
  snapshot: Snapshot,
  { range, since, from, edge }: StepOf<"since">,
  { partBytes, stillRowsMax }: PieceLimits,
): Generator<PokePiece> {
  const cursor = snapshot.cursor(windowPart(range.keys, edge));
  let still: string | undefined = "";
  for (let isWhole = false; !isWhole;) {
    const read = cursor.next(partBytes);
    isWhole = read.isWhole;
    const rows: StoredDocument[] = [];
    const prints: number[] = [];
    for (const [at, row] of read.documents.entries()) {
      if (row.version > since || (from !== null && (read.keys[at] ?? "") < from)) rows.push(row);
      else prints.push(printOfRow(row));
    }
    if (still !== undefined) still += printsText(prints);
    if (still !== undefined && still.length > 8 * stillRowsMax) still = undefined;
    // A piece without anything is a place for others to have their turn.
    yield rows.length === 0 ? {} : { chunk: chunkOf(range, rows, []) };
  }
  yield still === undefined ? { compare: range.number } : { still: [range.number, still] };
}

/** Lists of rows, each of about the size of a part. */
export function* parted(rows: readonly StoredDocument[], partBytes: number): Generator<readonly StoredDocument[]> {
  let part: StoredDocument[] = [];
  let size = 0;
  for (const row of rows) {
    if (size + row.text.length > partBytes && part.length > 0) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(row);
    size += row.text.length;
  }
  if (part.length > 0) yield part;
}

/** Rows as they are sent. */
export function chunkOf(range: LiveRange, rows: readonly StoredDocument[], gone: readonly string[]): string {
  return chunkText(
    range.number,
    rows.map((row) => inForm(range, row)),
    gone,
  );
}

function* wholePieces(snapshot: Snapshot, step: StepOf<"whole">, partBytes: number): Generator<PokePiece> {
  const { range, edge } = step;
  const cursor = snapshot.cursor(windowPart(range.keys, edge));
  let grant: Grant | undefined = [range.number, range.json, edge];
  for (let isWhole = false; !isWhole;) {
    const read = cursor.next(partBytes);
    isWhole = read.isWhole;
    if (grant === undefined && read.documents.length === 0) continue;
    const piece = read.documents.length === 0 ? {} : { chunk: chunkOf(range, read.documents, []) };
    yield grant === undefined ? piece : { grant, ...piece };
    grant = undefined;
  }
}

function inForm({ form }: LiveRange, row: StoredDocument): ChunkRow {
  return form.id === "" ? row : { ...row, text: form.textOf(row.text) };
}

/** Puts pieces together until they are large enough for a part of a poke. */
export class PokePart {
  readonly chunks: string[] = [];
  readonly #grants: Grant[] = [];
  readonly #edges: (readonly [number, string])[] = [];
  readonly #still: (readonly [number, string])[] = [];
  readonly #compare: number[] = [];
  sizeBytes = 0;

  add({ grant, edge, still, compare, chunk }: PokePiece): void {
    if (grant) this.#grants.push(grant);
    if (edge) this.#edges.push(edge);
    if (still) this.#still.push(still);
    if (compare !== undefined) this.#compare.push(compare);
    if (chunk !== undefined) this.chunks.push(chunk);
    this.sizeBytes += (chunk?.length ?? 0) + (still?.[1].length ?? 0);
  }

  header(): Pick<PokeHeader, "grant" | "edges" | "still" | "compare"> {
    return {
      ...(this.#grants.length === 0 ? {} : { grant: this.#grants }),
      ...(this.#edges.length === 0 ? {} : { edges: this.#edges }),
      ...(this.#still.length === 0 ? {} : { still: this.#still }),
      ...(this.#compare.length === 0 ? {} : { compare: this.#compare }),
    };
  }
}
