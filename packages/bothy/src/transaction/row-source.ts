import type { HeldRanges, Row } from "../ranges/index.ts";
import type { Fetching } from "./fetching.ts";
import type { Lack, OnRead } from "./lack.ts";
import type { Steps } from "./turns.ts";

/** The rows that a transaction reads: those in its memory, and on a server those that have to be brought into it first. */
export class RowSource {
  readonly held: HeldRanges;
  readonly #fetching: Fetching | undefined;
  readonly #onRead: OnRead | undefined;
  #isComplete = true;

  constructor(held: HeldRanges, fetching: Fetching | undefined, onRead: OnRead | undefined) {
    this.held = held;
    this.#fetching = fetching;
    this.#onRead = onRead;
  }

  /** Tells whether what is not here can be brought: then what is here is the deployment's, and never a guess of a device. */
  get canFetch(): boolean {
    return this.#fetching !== undefined;
  }

  /** Tells whether no read so far could have missed a document. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Notes that something was asked for of which only a part is here. */
  missed(): void {
    this.#isComplete = false;
  }

  /** Reads the first rows of a range, stopping for what has to be brought. */
  *read(lack: Lack): Steps<Lack, readonly Row[]> {
    for (;;) {
      const { rows, isComplete } = this.held.read(lack.range, lack.order, lack.limit);
      this.#onRead?.(lack, rows);
      if (isComplete) return rows;
      if (this.#fetching === undefined) {
        this.missed();
        return rows;
      }
      yield this.#fetching.restOf(lack, rows);
    }
  }
}
