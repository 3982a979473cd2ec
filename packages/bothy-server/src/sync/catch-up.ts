import { chunkText } from "bothy/internal";
import type { ChunkRow, Grant, KeyRange, PokeHeader, Version } from "bothy/internal";
import type { Snapshot, StoredDocument } from "../engine/index.ts";
import type { LiveRange } from "./live-range.ts";
import type { RangeChange } from "./range-change.ts";
import { windowPart } from "./window-edge.ts";

/** How one range of a device is brought to the version of a snapshot. */
export type CatchUpStep =
  /** What changed is known. */
  | { readonly kind: "change"; readonly range: LiveRange; readonly change: RangeChange }
  /** The books say what changed since a version; if they don't reach so far, everything is sent. Not for windows. */
  | { readonly kind: "since"; readonly range: LiveRange; readonly since: Version; readonly isGranted: boolean }
  /** `edge` is that of the snapshot: the range's own may move while the poke is being sent. */
  | { readonly kind: "whole"; readonly range: LiveRange; readonly edge: string | null };

/** A piece of a poke: something for its header, and perhaps a chunk. */
export interface PokePiece {
  readonly grant?: Grant;
  readonly edge?: readonly [range: number, edge: string];
  readonly chunk?: string;
}

/** Makes the pieces of a poke one after the other, each in little time and of limited size. */
export function* catchUpPieces(
  snapshot: Snapshot,
  steps: Iterable<CatchUpStep>,
  partBytes: number,
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
        yield* piecesSince(snapshot, step, partBytes);
        break;
      case "whole":
        yield* wholePieces(snapshot, step, partBytes);
        break;
    }
  }
}

type StepOf<Kind> = Extract<CatchUpStep, { readonly kind: Kind }>;

function* piecesSince(snapshot: Snapshot, step: StepOf<"since">, partBytes: number): Generator<PokePiece> {
  const { range, since, isGranted } = step;
  const changes = snapshot.changes(range.keys, since);
  if (changes === undefined) return yield* wholePieces(snapshot, { kind: "whole", range, edge: null }, partBytes);
  if (isGranted) yield { grant: [range.number, range.json, null, "kept"] };
  if (changes.rows.length === 0 && changes.gone.length === 0) return;
  let rows: ChunkRow[] = [];
  let gone = changes.gone;
  let size = 0;
  for (const row of changes.rows) {
    if (size + row.text.length > partBytes && rows.length > 0) {
      yield { chunk: chunkText(range.number, rows, gone) };
      rows = [];
      gone = [];
      size = 0;
    }
    rows.push(inForm(range, row));
    size += row.text.length;
  }
  yield { chunk: chunkText(range.number, rows, gone) };
}

function* wholePieces(snapshot: Snapshot, step: StepOf<"whole">, partBytes: number): Generator<PokePiece> {
  const { range, edge } = step;
  const part: KeyRange = windowPart(range.keys, edge);
  const cursor = snapshot.cursor(part);
  let grant: Grant | undefined = [range.number, range.json, edge, "whole"];
  for (let isWhole = false; !isWhole;) {
    const read = cursor.next(partBytes);
    isWhole = read.isWhole;
    if (grant === undefined && read.documents.length === 0) continue;
    const chunk = chunkText(
      range.number,
      read.documents.map((row) => inForm(range, row)),
      [],
    );
    yield grant === undefined ? { chunk } : { grant, ...(read.documents.length === 0 ? {} : { chunk }) };
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
  sizeBytes = 0;

  add({ grant, edge, chunk }: PokePiece): void {
    if (grant) this.#grants.push(grant);
    if (edge) this.#edges.push(edge);
    if (chunk !== undefined) this.chunks.push(chunk);
    this.sizeBytes += chunk?.length ?? 0;
  }

  header(): Pick<PokeHeader, "grant" | "edges"> {
    return {
      ...(this.#grants.length === 0 ? {} : { grant: this.#grants }),
      ...(this.#edges.length === 0 ? {} : { edges: this.#edges }),
    };
  }
}
