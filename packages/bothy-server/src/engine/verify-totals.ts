import { assert } from "bothy/internal";
import type { StoreReader, StoreScan } from "../store/index.ts";
import type { EngineMeta } from "./engine-meta.ts";
import { findBookFaults } from "./verify-books.ts";
import type { Reporter } from "./verify-report.ts";

/** Counts every book anew from the documents: its totals are what a device is told that it holds everything by. */
export function verifyBooks(scan: StoreScan, { schema, books }: EngineMeta, reporter: Reporter): void {
  const view = readerOf(scan);
  for (const book of books) {
    const shape = `the book of "${book.table}" by "${book.index}" (${book.equalities})`;
    try {
      for (const fault of findBookFaults(schema, view, book)) {
        if (fault === undefined) continue;
        const prefix = JSON.stringify(fault.prefix);
        reporter.find(
          "book_wrong",
          `In ${shape} the prefix ${prefix} has ${fault.kept}, and its documents come to ${fault.found}.`,
        );
      }
    } catch (error) {
      reporter.find(
        "book_wrong",
        `${shape} cannot be counted: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  reporter.checked("books", books.length);
}

/** What a scan reads, for those that take a store to be whole: what is damaged is thrown. */
function readerOf(scan: StoreScan): StoreReader {
  const wholeValue = (key: string, value: string | undefined): string => {
    if (value === undefined) throw new Error(`the value of ${JSON.stringify(key)} is not what was written`);
    return value;
  };
  return {
    get: (key) => {
      const found = scan.read(key);
      return found === undefined ? undefined : wholeValue(key, found.value);
    },
    range: (lower, upper, order, limit) => {
      assert(order === "asc", "books are counted in the order of their index");
      const entries = scan.entriesFrom(lower, limit);
      return entries.flatMap(({ key, value }) => (key < upper ? [[key, wholeValue(key, value)] as const] : []));
    },
  };
}
