import type { KeyVersions } from "./check-reads.ts";
import { Graph } from "./graph.ts";
import type { HistoryLine } from "./history-line.ts";

/** What decides the order of the transactions that touched one key. */
export interface KeyOrder extends KeyVersions {
  /** Those of which an append was not read: it comes after the longest list. */
  readonly unread: readonly number[];
}

/**
 * The graph of which transaction must come before which: by the versions of keys (edges tell the key's number) and by
 * real time. Transactions are nodes by the place of their line.
 */
export function buildDependencies(history: readonly HistoryLine[], keys: readonly KeyOrder[]): Graph {
  const graph = new Graph(history.length);
  for (const [about, versions] of keys.entries()) {
    addVersions(graph, versions, about);
    addUnread(graph, versions, about);
  }
  addRealTime(graph, history);
  graph.seal();
  return graph;
}

function addVersions(graph: Graph, { writers, reads }: KeyVersions, about: number): void {
  let before: number | undefined;
  for (const writer of writers) {
    if (writer === undefined) continue;
    if (before !== undefined) graph.addEdge(before, writer, "ww", about);
    before = writer;
  }
  for (const read of reads) {
    const wrote = writers[read.before - 1];
    const overwrote = writers[read.before];
    if (wrote !== undefined) graph.addEdge(wrote, read.line, "wr", about);
    if (overwrote !== undefined) graph.addEdge(read.line, overwrote, "rw", about);
  }
}

/** What was appended and never read comes after the longest list: after its last writer, and after all who read it whole. */
function addUnread(graph: Graph, { writers, reads, unread }: KeyOrder, about: number): void {
  if (unread.length === 0) return;
  const isUnread = new Set(unread);
  const joint = graph.addJoint();
  for (const writer of unread) graph.addEdge(joint, writer, "pass");
  const lastWriter = writers.findLast((writer) => writer !== undefined);
  if (lastWriter !== undefined && !isUnread.has(lastWriter)) graph.addEdge(lastWriter, joint, "ww", about);
  const whole = reads.filter(({ before }) => before === writers.length).map(({ line }) => line);
  for (const reader of whole) if (!isUnread.has(reader)) graph.addEdge(reader, joint, "rw", about);
  // Who read the whole list and appended comes before all others that appended: two of this sort contradict each other.
  const [first, second] = whole.filter((reader) => isUnread.has(reader));
  for (const writer of unread) if (first !== undefined) graph.addEdge(first, writer, "rw", about);
  if (first !== undefined && second !== undefined) graph.addEdge(second, first, "rw", about);
}

/**
 * A transaction that had ended before another began comes before it. The moments of ending form a chain of joints: each
 * leads to the next, and each transaction follows the last one before its beginning.
 */
function addRealTime(graph: Graph, history: readonly HistoryLine[]): void {
  const places = [...history.keys()].filter((place) => history[place]?.type !== "fail");
  const byStart = places.toSorted((a, b) => (history[a]?.start ?? 0) - (history[b]?.start ?? 0));
  const byEnd = places
    .filter((place) => history[place]?.type === "ok")
    .toSorted((a, b) => (history[a]?.end ?? 0) - (history[b]?.end ?? 0));
  let ended = 0;
  let joint: number | undefined;
  for (const place of byStart) {
    const start = history[place]?.start ?? 0;
    for (let next = byEnd[ended]; next !== undefined && (history[next]?.end ?? 0) < start; next = byEnd[ended]) {
      const later = graph.addJoint();
      graph.addEdge(next, later, "rt");
      if (joint !== undefined) graph.addEdge(joint, later, "pass");
      joint = later;
      ended += 1;
    }
    if (joint !== undefined) graph.addEdge(joint, place, "pass");
  }
}
