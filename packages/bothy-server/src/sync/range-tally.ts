import { addDigests, digestOfRows, digestWith, digestWithout, emptyDigest } from "bothy/internal";
import type { RangeDigest, Version } from "bothy/internal";
import type { StoredDocument } from "../engine/index.ts";

/**
 * Count and digest of a range that has no total in a book, a window or one with bounds: kept as the range changes, so that it
 * is read once at most as long as it has subscribers.
 */
export class RangeTally {
  /** What has come and gone since it was first looked at. */
  #moved: RangeDigest = emptyDigest;
  /** What was there then, once it has been read. */
  #before: RangeDigest | undefined;

  /** A row came to stand in the range, or another version of it, or it left; undefined: it was or is not inside. */
  note(id: string, before: Version | undefined, after: Version | undefined): void {
    if (before !== undefined) this.#moved = digestWithout(this.#moved, id, before);
    if (after !== undefined) this.#moved = digestWith(this.#moved, id, after);
  }

  /** All that is there has been read. */
  set(rows: readonly StoredDocument[]): void {
    this.setDigest(digestOfRows(rows));
  }

  setDigest(digest: RangeDigest): void {
    this.#moved = digest;
    this.#before = emptyDigest;
  }

  /** What is there now; undefined: it was never read. */
  get digest(): RangeDigest | undefined {
    return this.#before && addDigests(this.#before, this.#moved);
  }

  /** Begins to read what is there now; the result may be given after more has changed. */
  begin(): (found: RangeDigest) => void {
    const moved = this.#moved;
    return (found) => {
      this.#before ??= addDigests(found, moved, -1);
    };
  }
}
