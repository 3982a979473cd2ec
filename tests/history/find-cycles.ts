import type { Anomaly, CycleKind } from "./anomaly.ts";
import { kindSet } from "./graph.ts";
import type { Graph, Step } from "./graph.ts";
import type { HistoryLine, Key } from "./history-line.ts";
import { findKnots } from "./knots.ts";
import { shortestCycle } from "./shortest-cycle.ts";
import type { CycleForm } from "./shortest-cycle.ts";

/** Knots that are told, at most: thousands of them have one cause. */
const knotsToldMax = 20;

const dataKinds = ["ww", "wr", "rw"] as const;

/** The forms of cycles, from what breaks most to what breaks least. */
const forms: readonly CycleForm[] = [[], ["rt"] as const].flatMap((time) => [
  { first: kindSet("ww"), rest: kindSet("ww", ...time) },
  { first: kindSet("ww", "wr"), rest: kindSet("ww", "wr", ...time) },
  { first: kindSet("rw"), rest: kindSet("ww", "wr", ...time) },
  { first: kindSet("rw"), rest: kindSet(...dataKinds, ...time) },
]);

/**
 * Finds the groups of transactions that each would have to come before itself, and tells each by its shortest cycle, of
 * several by the worst.
 */
export function findCycles(graph: Graph, keys: readonly Key[], history: readonly HistoryLine[]): Anomaly[] {
  const knots = findKnots(graph, kindSet(...dataKinds, "rt"));
  return knots.slice(0, knotsToldMax).flatMap((knot) => {
    const [first, ...others] = forms.flatMap((form) => cyclesOf(graph, knot, form));
    if (first === undefined) return [];
    const best = others.reduce((shortest, cycle) => (cycle.length < shortest.length ? cycle : shortest), first);
    return [describeCycle(best, knot.filter((node) => node < history.length).length, { keys, history })];
  });
}

function cyclesOf(graph: Graph, knot: readonly number[], form: CycleForm): Step[][] {
  const parts = findKnots(graph, form.first | form.rest, knot);
  return parts.flatMap((part) => {
    const cycle = shortestCycle(graph, part, form);
    return cycle === undefined ? [] : [cycle];
  });
}

interface Named {
  readonly keys: readonly Key[];
  readonly history: readonly HistoryLine[];
}

function describeCycle(cycle: readonly Step[], size: number, { keys, history }: Named): Anomaly {
  const reasons = cycle.map((step, at) => {
    const next = cycle[(at + 1) % cycle.length]?.node ?? step.node;
    return `line ${step.node + 1} ${reasonOf(step, keys[step.about], history)} line ${next + 1}`;
  });
  const others = size > cycle.length ? ` (a shortest cycle of a knot of ${size})` : "";
  return {
    kind: nameOf(cycle),
    message: `${reasons.join(", ")}${others}`,
    lines: cycle.map(({ node }) => node + 1),
  };
}

function reasonOf({ kind, node }: Step, key: Key | undefined, history: readonly HistoryLine[]): string {
  switch (kind) {
    case "ww":
      return `appended to ${key} before`;
    case "wr":
      return `appended to ${key} what was read by`;
    case "rw":
      return `read ${key} without the append of`;
    case "rt":
      return `had ended (at ${history[node]?.end}) before the start of`;
  }
}

function nameOf(cycle: readonly Step[]): CycleKind {
  const count = (wanted: string): number => cycle.filter(({ kind }) => kind === wanted).length;
  const suffix = count("rt") > 0 ? "-realtime" : "";
  if (count("rw") > 1 && !isLostUpdate(cycle)) return `G2${suffix}`;
  if (count("rw") > 0) return `${isLostUpdate(cycle) ? "lost-update" : "G-single"}${suffix}`;
  return `${count("wr") > 0 ? "G1c" : "G0"}${suffix}`;
}

/** Two transactions read one version of a key, and both appended to it. */
function isLostUpdate([one, other, ...more]: readonly Step[]): boolean {
  if (one === undefined || other === undefined || more.length > 0 || one.about !== other.about) return false;
  return [one, other].every(({ kind }) => kind === "rw" || kind === "ww");
}
