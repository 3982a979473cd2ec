import { assert } from "../errors/index.ts";
import type { HeldRanges, Order, Row } from "../ranges/index.ts";
import type { KeyRange } from "../schema/index.ts";
import type { Lack } from "./lack.ts";
import type { Turns } from "./turns.ts";
import { WaitingTurns } from "./waiting-turns.ts";
import type { WriteSet } from "./write-set.ts";

/** What was brought: all rows of a part of a range, that part being where its order begins. */
export interface Fetched {
  readonly part: KeyRange;
  readonly rows: readonly Row[];
}

/** Brings rows as the transaction's snapshot has them. Calls settle in their order. */
export type Fetch = (range: KeyRange, order: Order, limit: number) => Promise<Fetched>;

/** How one transaction gets what it lacks. */
export interface Fetching {
  /** The turns of operations that may have to wait for it. */
  readonly turns: Turns<Lack>;
  /** The part of a read behind what is known already: fewer rows are enough there, as those before it count. */
  restOf(lack: Lack, rows: readonly Row[]): Lack;
}

/** Opens the fetching of a transaction over its memory and its own writes. */
export type OpenFetching = (held: HeldRanges, writes: WriteSet) => Fetching;

/** Lets transactions fetch what their memory lacks, as servers do. A device has no use for it, and its apps do not load it. */
export function fetchWith(fetch: Fetch): OpenFetching {
  return (held, writes) => ({
    // What the transaction has written itself stays as it wrote it.
    turns: new WaitingTurns<Lack>(async ({ range, order, limit }) => {
      if (held.isComplete(range)) {
        // Known through another index perhaps, and then not as a part of the range that this is the rest of.
        held.hold(range);
        return;
      }
      const { part, rows } = await fetch(range, order, limit);
      assert(part.lower < part.upper, "what was fetched is a part of the range");
      for (const row of rows) if (!writes.has(range.table, row.id)) held.put(range.table, row);
      held.hold(part);
    }),
    restOf({ range, order, limit }, rows) {
      const reach = held.reach(range, order);
      const rest = order === "asc" ? { ...range, lower: reach } : { ...range, upper: reach };
      const known = held.read(order === "asc" ? { ...range, upper: reach } : { ...range, lower: reach }, order, limit);
      assert(known.rows.length < limit || rows.length === 0, "a read that found enough is complete");
      return { range: rest, order, limit: limit - known.rows.length };
    },
  });
}
