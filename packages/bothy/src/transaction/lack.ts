import type { Order, Row } from "../ranges/index.ts";
import type { KeyRange } from "../schema/index.ts";

/** The first rows of a range in an order, which a transaction needs and does not have. */
export interface Lack {
  readonly range: KeyRange;
  readonly order: Order;
  readonly limit: number;
}

/** Hears of a read of first rows of a range, and what of them is in memory. */
export type OnRead = (lack: Lack, found: readonly Row[]) => void;
