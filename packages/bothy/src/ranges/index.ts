/**
 * The one data structure: an ordered map plus the ranges for which it is known to be complete (docs/spec/transactions.md, RA).
 *
 * `HeldRanges` is what a device holds of its deployment and what a function process holds of the store, with the same
 * code; a snapshot of it is a pointer. `RangeIndex` finds whom a written key concerns, among many;
 * `KeySet` tells whether it concerns one. `SortedMap` and `IntervalSet` are
 * what both are built from. Documents are never looked at here: rows come with their keys. What is read and written by one
 * function, and what a user sees of it, is `transaction`'s.
 */
export { HeldRanges } from "./held-ranges.ts";
export type { RowsRead } from "./held-ranges.ts";
export { KeySet } from "./key-set.ts";
export { fieldsOfRange, impliedInterval } from "./implied-interval.ts";
export { IntervalSet } from "./interval-set.ts";
export {
  addDigests,
  bucketOfRow,
  digestOfRows,
  digestText,
  digestWith,
  digestWithout,
  emptyDigest,
  printOfRow,
  printsText,
  readPrints,
  sumOfDigests,
} from "./range-digest.ts";
export type { RangeDigest } from "./range-digest.ts";
export { RangeIndex } from "./range-index.ts";
export { rangeContains, rangeTouches, scannedPart } from "./range-touches.ts";
export type { KeysWritten } from "./range-touches.ts";
export { stampOf } from "./row.ts";
export type { Row } from "./row.ts";
export { SortedMap } from "./sorted-map.ts";
export type { Order } from "./sorted-map.ts";
