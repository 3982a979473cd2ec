import type { Anomaly } from "./anomaly.ts";
import { checkReads } from "./check-reads.ts";
import { buildDependencies } from "./dependencies.ts";
import { findCycles } from "./find-cycles.ts";
import type { HistoryLine, Key } from "./history-line.ts";
import { anomaly, collectKeys } from "./key-history.ts";
import { findHappened, findUnread } from "./unread-appends.ts";

export { describeAnomaly } from "./anomaly.ts";
export type { Anomaly, AnomalyKind } from "./anomaly.ts";
export { parseHistoryLine } from "./history-line.ts";
export type { HistoryLine, Key, Operation, Value } from "./history-line.ts";

/**
 * Finds what keeps a history of lists from being strictly serializable; an empty answer says that nothing does. Every
 * value is appended once, so what was read names its writers, and the longest list of a key is the order of its versions.
 * From these follow the edges of a graph (who must come before whom), and what is wrong is a cycle in it, or is seen in
 * one list. The method is Elle's; the time grows with the length of the history.
 */
export function checkHistory(history: readonly HistoryLine[]): Anomaly[] {
  const found: Anomaly[] = [];
  checkProcesses(history, found);
  const keys = [...collectKeys(history, found).values()];
  const versions = keys.map((key) => ({ key, ...checkReads(key, history, found) }));
  const happened = findHappened(history, versions);
  const orders = versions.map((one) => ({ ...one, unread: findUnread(one.key, one, { history, happened, found }) }));
  const graph = buildDependencies(history, orders);
  return [
    ...found,
    ...findCycles(
      graph,
      keys.map(({ key }) => key),
      history,
    ),
  ];
}

/** A process that calls two things at once, or goes on after an unknown end, is a mistake of who wrote the history. */
function checkProcesses(history: readonly HistoryLine[], found: Anomaly[]): void {
  const lastOf = new Map<Key, number>();
  const places = [...history.keys()].toSorted((a, b) => (history[a]?.start ?? 0) - (history[b]?.start ?? 0));
  for (const place of places) {
    const line = history[place];
    if (line === undefined) continue;
    if (line.end < line.start) found.push(anomaly("malformed", "it ends before it starts", place));
    const before = lastOf.get(line.process);
    const last = before === undefined ? undefined : history[before];
    if (before !== undefined && last !== undefined && (last.type === "info" || last.end > line.start))
      found.push(anomaly("malformed", `process ${line.process} had not ended what it did before`, place, before));
    lastOf.set(line.process, place);
  }
}
