import { addDigests, digestOfRows, digestText, emptyDigest } from "bothy/internal";
import type { RangeDigest } from "bothy/internal";
import type { RangeProof, Snapshot } from "../engine/index.ts";
import type { LiveRange } from "./live-range.ts";
import { windowPart } from "./window-edge.ts";

/**
 * Reads count and digest of a range at the version of a snapshot, which is the present one when this is called; yields where
 * others may have their turn, and gives undefined while the book of the range is being counted.
 */
export function readProof(
  snapshot: Snapshot,
  { tally, keys, window }: LiveRange,
  partBytes: number,
): RangeProof | undefined | Generator<undefined, RangeProof> {
  if (tally === undefined) return snapshot.digest(keys);
  return tally.digest ? proofOf(tally.digest) : scan(snapshot, { keys, window }, tally.begin(), partBytes);
}

function proofOf(digest: RangeDigest): RangeProof {
  return { count: digest.count, digest: digestText(digest) };
}

function* scan(
  snapshot: Snapshot,
  { keys, window }: Pick<LiveRange, "keys" | "window">,
  found: (digest: RangeDigest) => void,
  partBytes: number,
): Generator<undefined, RangeProof> {
  const cursor = snapshot.cursor(windowPart(keys, window?.edge ?? null));
  let digest = emptyDigest;
  for (let isWhole = false; !isWhole;) {
    const read = cursor.next(partBytes);
    isWhole = read.isWhole;
    digest = addDigests(digest, digestOfRows(read.documents));
    yield;
  }
  found(digest);
  return proofOf(digest);
}
