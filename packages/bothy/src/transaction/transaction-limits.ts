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

const counted: Readonly<Record<keyof TransactionLimits, string>> = {
  readBytes: "bytes read",
  readDocuments: "documents looked at",
  readRanges: "reads",
  writeBytes: "bytes written",
  writeDocuments: "writes",
};

/** Counts against the limits of one transaction; more is refused as `transaction_too_large`. */
export class Spending {
  readonly #limits: TransactionLimits;
  readonly #spent = { readBytes: 0, readDocuments: 0, readRanges: 0, writeBytes: 0, writeDocuments: 0 };

  constructor(own: Partial<TransactionLimits> | undefined) {
    this.#limits = own === undefined ? defaultTransactionLimits : { ...defaultTransactionLimits, ...own };
  }

  /** How many of so many rows are worth reading: one more than is allowed is enough to find that it is too much. */
  rowsWorthReading(wanted: number): number {
    return Math.max(1, Math.min(wanted, this.#limits.readDocuments - this.#spent.readDocuments + 1));
  }

  /** Counts what was read or written; what it comes to is refused once it is more than the limit. */
  spend(limit: keyof TransactionLimits, amount: number): void {
    const allowed = this.#limits[limit];
    this.#spent[limit] += amount;
    if (this.#spent[limit] <= allowed) return;
    throw new BothyError("transaction_too_large", {
      message: `More than ${allowed.toLocaleString("en")} ${counted[limit]} in one transaction.`,
      fix: limit.startsWith("w")
        ? "Write in several mutations."
        : "Narrow the range with an index, take(n) or paginate.",
      details: { limit, allowed },
    });
  }
}
