import type { Graph, Step } from "./graph.ts";

/** Edges looked at for one cycle, at most: what is found until then is short enough to be understood. */
const edgesLookedAtMax = 5_000_000;
/** No cycle is shorter. */
const shortest = 2;

/** How a cycle may be made: it begins with an edge of some kinds, and goes on over edges of some kinds. */
export interface CycleForm {
  readonly first: number;
  readonly rest: number;
}

/** A shortest cycle of a form inside a knot, as far as the bound allows to look; undefined if there is none. */
export function shortestCycle(graph: Graph, knot: readonly number[], form: CycleForm): Step[] | undefined {
  const inside = new Set(knot);
  let best: readonly number[] | undefined;
  let budget = edgesLookedAtMax;
  for (const { place, from, to } of firstEdges(graph, inside, form.first)) {
    const bound = best === undefined ? Number.POSITIVE_INFINITY : lengthOf(graph, best) - 1;
    if (bound < shortest || budget <= 0) break;
    const walk = walkBack(graph, { from: to, to: from, inside, allowed: form.rest, bound, budget });
    budget -= walk.lookedAt;
    if (walk.places !== undefined) best = [place, ...walk.places];
  }
  return best === undefined ? undefined : graph.describe(best);
}

interface Edge {
  readonly place: number;
  readonly from: number;
  readonly to: number;
}

/** Lines stand about in the order of time, and each cycle goes back in it somewhere: what goes back furthest comes first. */
function firstEdges(graph: Graph, inside: ReadonlySet<number>, allowed: number): Edge[] {
  const edges: Edge[] = [];
  for (const from of inside) {
    for (let place = graph.firstEdge(from); place < graph.firstEdge(from + 1); place++) {
      const to = graph.edgeEnd(place, allowed);
      if (inside.has(to) && !graph.isPass(place)) edges.push({ place, from, to });
    }
  }
  return edges.toSorted((a, b) => b.from - b.to - (a.from - a.to));
}

interface Walk {
  readonly from: number;
  readonly to: number;
  readonly inside: ReadonlySet<number>;
  readonly allowed: number;
  /** Only shorter paths are of use. */
  readonly bound: number;
  readonly budget: number;
}

interface Walked {
  readonly places: readonly number[] | undefined;
  readonly lookedAt: number;
}

/** The shortest path between two nodes, as places of edges: level by level, where passing edges stay on their level. */
function walkBack(graph: Graph, { from, to, inside, allowed, bound, budget }: Walk): Walked {
  const cameBy = new Map<number, readonly [place: number, node: number]>();
  const lengthOfNode = new Map([[from, 0]]);
  let level = [from];
  let lookedAt = 0;
  for (let length = 0; level.length > 0 && length < bound && lookedAt < budget; length++) {
    const nextLevel: number[] = [];
    // The level grows by passing edges while it is walked.
    for (const node of level) {
      if (node === to) return { places: pathTo(cameBy, to), lookedAt };
      // Reached by a passing edge in the meantime, on the level before.
      if ((lengthOfNode.get(node) ?? 0) < length) continue;
      const end = graph.firstEdge(node + 1);
      for (let place = graph.firstEdge(node); place < end; place++) {
        lookedAt += 1;
        const next = graph.edgeEnd(place, allowed);
        const [nextLength, queue] = graph.isPass(place) ? [length, level] : [length + 1, nextLevel];
        if (!inside.has(next) || (lengthOfNode.get(next) ?? Number.POSITIVE_INFINITY) <= nextLength) continue;
        lengthOfNode.set(next, nextLength);
        cameBy.set(next, [place, node]);
        queue.push(next);
      }
    }
    level = nextLevel;
  }
  return { places: undefined, lookedAt };
}

function pathTo(cameBy: ReadonlyMap<number, readonly [place: number, node: number]>, to: number): number[] {
  const places: number[] = [];
  for (let came = cameBy.get(to); came !== undefined; came = cameBy.get(came[1])) places.push(came[0]);
  return places.toReversed();
}

function lengthOf(graph: Graph, places: readonly number[]): number {
  return places.filter((place) => !graph.isPass(place)).length;
}
