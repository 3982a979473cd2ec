import type { RangeDigest, Version } from "bothy/internal";
import type { Snapshot } from "../engine/index.ts";
import type { LiveRange } from "./live-range.ts";
import type { Window } from "./window-edge.ts";

/** Ranges without subscribers of which it is remembered what they hold; some 300 bytes each. */
const rangesMax = 10_000;

interface Remembered {
  readonly at: Version;
  readonly window: Window | undefined;
  readonly digest: RangeDigest;
}

/**
 * Where windows stood, and what they and ranges with bounds held, when their last subscriber left: a device that comes back to
 * one that is unchanged costs no read of it.
 */
export class RememberedRanges {
  readonly #byId = new Map<string, Remembered>();

  keep({ id, window, tally }: LiveRange, at: Version): void {
    const digest = tally?.digest;
    if (digest === undefined) return;
    this.#byId.delete(id);
    this.#byId.set(id, { at, window, digest });
    for (const oldest of this.#byId.keys()) {
      if (this.#byId.size <= rangesMax) break;
      this.#byId.delete(oldest);
    }
  }

  /** Puts a range back to where it stood; false if it is not known, or may be another by now. */
  recall(range: LiveRange, snapshot: Snapshot): boolean {
    const remembered = this.#byId.get(range.id);
    if (remembered === undefined) return false;
    this.#byId.delete(range.id);
    const newest = snapshot.newestChange(range.prefix);
    if (newest === undefined || newest > remembered.at) return false;
    range.window = remembered.window;
    range.tally?.setDigest(remembered.digest);
    return true;
  }
}
