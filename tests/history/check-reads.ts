import { abbreviate } from "./anomaly.ts";
import type { Anomaly } from "./anomaly.ts";
import type { HistoryLine, Value } from "./history-line.ts";
import { anomaly, startsWith } from "./key-history.ts";
import type { KeyHistory, KeyRead } from "./key-history.ts";

/** The versions that a key went through. */
export interface KeyVersions {
  /** The longest list that anybody read. */
  readonly order: readonly Value[];
  /** The transaction that appended each element of it; undefined where none can have. */
  readonly writers: readonly (number | undefined)[];
  /** The reads that fit this order. */
  readonly reads: readonly KeyRead[];
}

/** Finds the order of a key's versions, which its longest read tells, and what no order of them explains. */
export function checkReads(key: KeyHistory, history: readonly HistoryLine[], found: Anomaly[]): KeyVersions {
  const longest = key.reads.reduce<KeyRead | undefined>(
    (best, read) => (best === undefined || read.list.length > best.list.length ? read : best),
    undefined,
  );
  const order = longest?.list ?? [];
  if (longest !== undefined) checkElements(key, longest, history, found);
  const reads = key.reads.filter((read) => {
    if (startsWith(order, read.list, read.list.length)) return checkLast(key, read, found);
    checkElements(key, read, history, found);
    const message = `of ${key.key} both ${abbreviate(read.list)} and ${abbreviate(order)} were read`;
    found.push(anomaly("incompatible-order", message, read.line, longest?.line ?? read.line));
    return false;
  });
  const writers = order.map((value) => {
    const line = key.writeByValue.get(value)?.line;
    return line === undefined || history[line]?.type === "fail" ? undefined : line;
  });
  return { order, writers, reads };
}

function checkElements(
  { key, writeByValue }: KeyHistory,
  { line, list }: KeyRead,
  history: readonly HistoryLine[],
  found: Anomaly[],
): void {
  const seen = new Set<Value>();
  for (const value of list) {
    const write = writeByValue.get(value);
    if (seen.has(value)) found.push(anomaly("duplicate", `${value} is in ${key} twice`, line, write?.line ?? line));
    if (write === undefined) found.push(anomaly("garbage", `${value} is in ${key}, and nobody appended it`, line));
    else if (history[write.line]?.type === "fail")
      found.push(anomaly("G1a", `${value} is in ${key}, and who appended it failed`, line, write.line));
    seen.add(value);
  }
}

/** Looks at the last element that a transaction found; false if it can't have found it. */
function checkLast({ key, writeByValue }: KeyHistory, { line, list, before }: KeyRead, found: Anomaly[]): boolean {
  const last = list[before - 1];
  const write = last === undefined ? undefined : writeByValue.get(last);
  if (write === undefined) return true;
  if (write.line === line) {
    found.push(anomaly("internal", `${last} is read in ${key} before it is appended there`, line));
    return false;
  }
  if (!write.isLast) found.push(anomaly("G1b", `${key} is read in the middle of a transaction`, line, write.line));
  return true;
}
