import type { Graph } from "./graph.ts";

/**
 * The groups of two and more nodes that reach one another (Tarjan's algorithm, without recursion) over edges of some
 * kinds, looking only at some nodes if they are given.
 */
export function findKnots(graph: Graph, allowed: number, among?: readonly number[]): number[][] {
  const search = new KnotSearch(graph, allowed, among);
  if (among === undefined) for (let node = 0; node < graph.size; node++) search.from(node);
  else for (const node of among) search.from(node);
  return search.knots;
}

const unseen = -1;
const outside = -2;

class KnotSearch {
  readonly knots: number[][] = [];
  readonly #graph: Graph;
  readonly #allowed: number;
  /** By node: when it was seen first; the earliest node that it reaches; where its search goes on; whether it is open. */
  readonly #seenAt: Int32Array;
  readonly #low: Int32Array;
  readonly #next: Int32Array;
  readonly #isOpen: Uint8Array;
  readonly #open: number[] = [];
  #count = 0;

  constructor(graph: Graph, allowed: number, among: readonly number[] | undefined) {
    this.#graph = graph;
    this.#allowed = allowed;
    this.#seenAt = new Int32Array(graph.size).fill(among === undefined ? unseen : outside);
    for (const node of among ?? []) this.#seenAt[node] = unseen;
    this.#low = new Int32Array(graph.size);
    this.#next = new Int32Array(graph.size);
    this.#isOpen = new Uint8Array(graph.size);
  }

  from(start: number): void {
    if (this.#seenAt[start] !== unseen) return;
    const path = [start];
    this.#enter(start);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const child = this.#step(node);
      if (child !== undefined) {
        this.#enter(child);
        path.push(child);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) this.#lower(parent, this.#low[node] ?? 0);
      if (this.#low[node] === this.#seenAt[node]) this.#close(node);
    }
  }

  #enter(node: number): void {
    this.#seenAt[node] = this.#count;
    this.#low[node] = this.#count;
    this.#count += 1;
    this.#next[node] = this.#graph.firstEdge(node);
    this.#isOpen[node] = 1;
    this.#open.push(node);
  }

  /** Goes on over the node's edges to the next node that was not seen. */
  #step(node: number): number | undefined {
    const end = this.#graph.firstEdge(node + 1);
    for (let place = this.#next[node] ?? end; place < end; place++) {
      const to = this.#graph.edgeEnd(place, this.#allowed);
      if (to < 0) continue;
      if (this.#seenAt[to] === unseen) {
        this.#next[node] = place + 1;
        return to;
      }
      if (this.#isOpen[to] === 1) this.#lower(node, this.#seenAt[to] ?? 0);
    }
    this.#next[node] = end;
    return undefined;
  }

  #lower(node: number, low: number): void {
    if (low < (this.#low[node] ?? 0)) this.#low[node] = low;
  }

  #close(root: number): void {
    const knot = this.#open.splice(this.#open.lastIndexOf(root));
    for (const node of knot) this.#isOpen[node] = 0;
    if (knot.length > 1) this.knots.push(knot);
  }
}
