/**
 * `ctx.db`: one function's view of the data, the same code on device, in function processes and in the server itself
 * (docs/spec/transactions.md, TX).
 *
 * A transaction reads held ranges, sees its own writes, and keeps what it has read as ranges and what it has written as a
 * net effect on each document. It validates what is written and enforces the limits. Where rows come from that are not
 * there is the caller's affair (`fetch`), and so is what becomes of the writes: nothing is committed here.
 */
export { applyMerges } from "./apply-merges.ts";
export type { FieldMerge } from "./apply-merges.ts";
export { createCreationTimes } from "./creation-times.ts";
export { createTransaction } from "./create-transaction.ts";
export type { Transaction, TransactionOptions } from "./create-transaction.ts";
export { fetchWith } from "./fetching.ts";
export type { Fetch, Fetched } from "./fetching.ts";
export { makeRow } from "./make-row.ts";
export type { TransactionLimits } from "./transaction-limits.ts";
export type { TransactionWrite, WrittenRow } from "./write-set.ts";
