import type { Piece } from "./manifest.ts";

/** A piece is kept in memory whole while it is shipped or restored; one record may be longer. */
export const pieceSizeMax = 8 * 1_048_576;

/** How the next run of bytes is shipped: the pieces that stay, and those that it takes in. */
export interface PiecePlan {
  readonly kept: readonly Piece[];
  readonly absorbed: readonly Piece[];
}

/**
 * A run takes in the pieces before it that are not larger than what it has grown to, as a binary counter carries: however
 * small the runs, a segment has few pieces, and each byte is shipped again at most once for every doubling of its piece.
 */
export function planPiece(pieces: readonly Piece[], sizeBytes: number): PiecePlan {
  let size = sizeBytes;
  let count = pieces.length;
  for (let last = pieces[count - 1]; last !== undefined; last = pieces[count - 1]) {
    if (last.sizeBytes > size || last.sizeBytes + size > pieceSizeMax) break;
    size += last.sizeBytes;
    count -= 1;
  }
  return { kept: pieces.slice(0, count), absorbed: pieces.slice(count) };
}
