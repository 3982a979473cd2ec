import fc from "fast-check";
import { expect, test } from "vitest";
import type { Piece } from "./manifest.ts";
import { pieceSizeMax, planPiece } from "./plan-piece.ts";

test("[BK3] however a segment grows, its pieces are few and contiguous, and bytes are shipped again only as pieces double", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 300 }), (runs) => {
      let pieces: readonly Piece[] = [];
      let [offset, shipped] = [0, 0];
      for (const sizeBytes of runs) {
        const { kept, absorbed } = planPiece(pieces, sizeBytes);
        const at = absorbed[0]?.offset ?? offset;
        offset += sizeBytes;
        shipped += offset - at;
        pieces = [...kept, { offset: at, sizeBytes: offset - at, sha256: "", version: 0, atMs: 0 }];
      }
      let next = 0;
      for (const piece of pieces) {
        expect(piece.offset).toBe(next);
        expect(piece.sizeBytes).toBeLessThanOrEqual(pieceSizeMax);
        next += piece.sizeBytes;
      }
      expect(next).toBe(offset);
      expect(shipped).toBeLessThanOrEqual(offset * (1 + Math.log2(pieceSizeMax)));
      // Those that are not full grow by more than half each, backwards.
      expect(pieces.length).toBeLessThanOrEqual(Math.ceil(offset / (pieceSizeMax / 2)) + 24);
    }),
  );
});
