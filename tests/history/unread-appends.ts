import type { Anomaly } from "./anomaly.ts";
import type { KeyVersions } from "./check-reads.ts";
import type { HistoryLine } from "./history-line.ts";
import { anomaly } from "./key-history.ts";
import type { KeyHistory } from "./key-history.ts";

/** The transactions that have happened: those that were answered, and those of an unknown end of which something was read. */
export function findHappened(history: readonly HistoryLine[], versions: readonly KeyVersions[]): ReadonlySet<number> {
  const happened = new Set<number>();
  for (const [line, { type }] of history.entries()) if (type === "ok") happened.add(line);
  for (const { writers } of versions) for (const line of writers) if (line !== undefined) happened.add(line);
  return happened;
}

interface Surroundings {
  readonly history: readonly HistoryLine[];
  readonly happened: ReadonlySet<number>;
  readonly found: Anomaly[];
}

/**
 * The transactions that have happened and of which an append to a key was not read: it comes after the longest list. One
 * that was answered before a reader of the key began is lost.
 */
export function findUnread(
  key: KeyHistory,
  { order, reads }: KeyVersions,
  { history, happened, found }: Surroundings,
): readonly number[] {
  const latest = reads.reduce<number | undefined>(
    (best, { line }) => (startOf(history, line) > startOf(history, best) ? line : best),
    undefined,
  );
  const wasRead = new Set(order);
  const unread = new Set<number>();
  for (const [value, { line }] of key.writeByValue) {
    if (!happened.has(line) || wasRead.has(value)) continue;
    if (latest !== undefined && endOf(history, line) < startOf(history, latest))
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

/** What has an unknown end may have ended at any time. */
function endOf(history: readonly HistoryLine[], line: number): number {
  const { type, end } = history[line] ?? {};
  return type === "ok" && end !== undefined ? end : Number.POSITIVE_INFINITY;
}
