import { BothyError } from "../errors/index.ts";
import {
  transactionReadBytes,
  transactionReadDocuments,
  transactionReadRanges,
  transactionWriteBytes,
  transactionWriteDocuments,
} from "../values/index.ts";

/** What one transaction may read and write (TX11). */
export interface TransactionLimits {
  readonly readBytes: number;
  /** Documents looked at, also those that a filter leaves out. */
  readonly readDocuments: number;
  /** Calls of `get` and queries. */
  readonly readRanges: number;
  readonly writeBytes: number;
  /** Writes, also several of one document. */
  readonly writeDocuments: number;
}

/** The limits that hold where nobody says otherwise. */
export const defaultTransactionLimits: TransactionLimits = {
  readBytes: transactionReadBytes,
  readDocuments: transactionReadDocuments,
  readRanges: transactionReadRanges,
  writeBytes: transactionWriteBytes,
  writeDocuments: transactionWriteDocuments,
};

/** Counts against the limits of one transaction; more is refused as `transaction_too_large`. */
export class Spending {
  readonly #limits: TransactionLimits;
  readonly #left: { -readonly [Limit in keyof TransactionLimits]: number };

  constructor(own: Partial<TransactionLimits> | undefined) {
    this.#limits = { ...defaultTransactionLimits, ...own };
    this.#left = { ...this.#limits };
  }

  /** How many of so many rows are worth reading: one more than is allowed is enough to find that it is too much. */
  rowsWorthReading(wanted: number): number {
    return Math.max(1, Math.min(wanted, this.#left.readDocuments + 1));
  }

  /** Counts what was read or written; what it comes to is refused once it is more than the limit. */
  spend(limit: keyof TransactionLimits, amount: number): void {
    this.#left[limit] -= amount;
    if (this.#left[limit] >= 0) return;
    const allowed = this.#limits[limit];
    throw new BothyError("transaction_too_large", {
      message: `One transaction is over its limit ${limit} of ${allowed}.`,
      fix: "Read smaller ranges, or write in several mutations.",
      details: { limit, allowed },
    });
  }
}
