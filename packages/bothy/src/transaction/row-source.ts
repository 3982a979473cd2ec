import { assert } from "../errors/index.ts";
import type { HeldRanges, Order, Row } from "../ranges/index.ts";
import type { KeyRange } from "../schema/index.ts";
import type { Steps } from "./turns.ts";
import type { WriteSet } from "./write-set.ts";

/** The first rows of a range in an order, which a transaction needs and does not have. */
export interface Lack {
  readonly range: KeyRange;
  readonly order: Order;
  readonly limit: number;
}

/** What was brought: all rows of a part of a range, that part being where its order begins. */
export interface Fetched {
  readonly part: KeyRange;
  readonly rows: readonly Row[];
}

/** Brings rows as the transaction's snapshot has them. Calls settle in their order. */
export type Fetch = (range: KeyRange, order: Order, limit: number) => Promise<Fetched>;

/** The rows that a transaction reads: those in its memory, and on a server those that have to be brought into it first. */
export class RowSource {
  readonly held: HeldRanges;
  readonly #fetch: Fetch | undefined;
  readonly #writes: WriteSet;
  #isComplete = true;

  constructor(held: HeldRanges, writes: WriteSet, fetch: Fetch | undefined) {
    this.held = held;
    this.#writes = writes;
    this.#fetch = fetch;
  }

  /** Tells whether what is not here can be brought: then what is here is the deployment's, and never a guess of a device. */
  get canFetch(): boolean {
    return this.#fetch !== undefined;
  }

  /** Tells whether no read so far could have missed a document. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Reads the first rows of a range, stopping for what has to be brought. */
  *read(lack: Lack): Steps<Lack, readonly Row[]> {
    for (;;) {
      const { rows, isComplete } = this.held.read(lack.range, lack.order, lack.limit);
      if (isComplete) return rows;
      if (this.#fetch === undefined) {
        this.#isComplete = false;
        return rows;
      }
      yield this.#restOf(lack, rows);
    }
  }

  /** What a read would have to wait for if it began now. */
  foresee(lack: Lack): Lack | undefined {
    if (this.#fetch === undefined || this.held.isComplete(lack.range)) return undefined;
    return lack;
  }

  /** Brings what is lacking into memory; what the transaction has written itself stays as it wrote it. */
  async bring({ range, order, limit }: Lack): Promise<void> {
    assert(this.#fetch !== undefined, "only a transaction that can fetch lacks anything");
    const { part, rows } = await this.#fetch(range, order, limit);
    assert(part.lower < part.upper, "what was fetched is a part of the range");
    for (const row of rows) if (!this.#writes.has(range.table, row.id)) this.held.put(range.table, row);
    this.held.hold(part);
  }

  /** The part of a read behind what is known already: fewer rows are enough there, as those before it count. */
  #restOf({ range, order, limit }: Lack, rows: readonly Row[]): Lack {
    const reach = this.held.reach(range, order);
    const rest = order === "asc" ? { ...range, lower: reach } : { ...range, upper: reach };
    const known = this.held.read(
      order === "asc" ? { ...range, upper: reach } : { ...range, lower: reach },
      order,
      limit,
    );
    assert(known.rows.length < limit || rows.length === 0, "a read that found enough is complete");
    return { range: rest, order, limit: limit - known.rows.length };
  }
}
