import { abbreviate } from "./anomaly.ts";
import type { Anomaly } from "./anomaly.ts";
import type { HistoryLine, Value } from "./history-line.ts";
import { anomaly, startsWith } from "./key-history.ts";
import type { KeyHistory, KeyRead } from "./key-history.ts";

/** The versions that a key went through. */
export interface KeyVersions {
  /** The transaction that appended each element of the longest list that anybody read; undefined where none can have. */
  readonly writers: readonly (number | undefined)[];
  /** The reads that fit this order. */
  readonly reads: readonly KeyRead[];
  /** Answered transactions whose appends nobody read: they come after the longest list. */
  readonly unread: readonly number[];
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
  return { writers, reads, unread: findUnread(key, new Set(order), { reads, history, found }) };
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

interface Surroundings {
  readonly reads: readonly KeyRead[];
  readonly history: readonly HistoryLine[];
  readonly found: Anomaly[];
}

function findUnread(key: KeyHistory, order: ReadonlySet<Value>, { reads, history, found }: Surroundings): number[] {
  const latest = reads.reduce<number | undefined>(
    (best, { line }) => (startOf(history, line) > startOf(history, best) ? line : best),
    undefined,
  );
  const unread = new Set<number>();
  for (const [value, { line }] of key.writeByValue) {
    const by = history[line];
    if (by?.type !== "ok" || order.has(value)) continue;
    if (latest !== undefined && by.end < startOf(history, latest))
      found.push(
        anomaly("lost-append", `${value} is not in ${key.key}, which was read after the answer`, line, latest),
      );
    else unread.add(line);
  }
  return [...unread];
}

function startOf(history: readonly HistoryLine[], line: number | undefined): number {
  return (line === undefined ? undefined : history[line]?.start) ?? Number.NEGATIVE_INFINITY;
}
