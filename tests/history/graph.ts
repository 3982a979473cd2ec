/** Why one transaction comes before another: it wrote the version before, wrote what was read, read what was overwritten, had ended. */
export type EdgeKind = "ww" | "wr" | "rw" | "rt";

/** A step of a path: a node, why it comes before the next one, and what about (a number of the caller's). */
export interface Step {
  readonly node: number;
  readonly kind: EdgeKind;
  readonly about: number;
}

const kinds: readonly EdgeKind[] = ["ww", "wr", "rw", "rt"];
/** The second half of an edge that goes over a node of the graph's own: it costs nothing and tells nothing. */
const pass = kinds.length;

/** A set of kinds, as bits; passing is always allowed. */
export function kindSet(...chosen: readonly EdgeKind[]): number {
  return chosen.reduce((set, kind) => set | (1 << kinds.indexOf(kind)), 1 << pass);
}

/**
 * A directed graph of many nodes, as flat arrays, so that millions of edges fit. Nodes of the caller come first; nodes
 * that only join others (`addJoint`) have higher numbers and never stand in a path that is handed out.
 */
export class Graph {
  readonly #given: number;
  #size: number;
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #kind: number[] = [];
  readonly #about: number[] = [];
  #first = new Int32Array(0);
  #order = new Int32Array(0);

  constructor(nodes: number) {
    this.#given = nodes;
    this.#size = nodes;
  }

  get size(): number {
    return this.#size;
  }

  addJoint(): number {
    return this.#size++;
  }

  addEdge(from: number, to: number, kind: EdgeKind | "pass", about = -1): void {
    if (from === to) return;
    this.#from.push(from);
    this.#to.push(to);
    this.#kind.push(kind === "pass" ? pass : kinds.indexOf(kind));
    this.#about.push(about);
  }

  /** Sorts the edges by where they begin; the graph is read after this only. */
  seal(): void {
    this.#first = new Int32Array(this.#size + 1);
    for (const from of this.#from) this.#first[from + 1] = (this.#first[from + 1] ?? 0) + 1;
    for (let node = 0; node < this.#size; node++) {
      this.#first[node + 1] = (this.#first[node + 1] ?? 0) + (this.#first[node] ?? 0);
    }
    const next = this.#first.slice();
    this.#order = new Int32Array(this.#from.length);
    for (const [edge, from] of this.#from.entries()) {
      const place = next[from] ?? 0;
      this.#order[place] = edge;
      next[from] = place + 1;
    }
  }

  /** The place of a node's first edge; its last is before the first of the next node. */
  firstEdge(node: number): number {
    return this.#first[node] ?? this.#order.length;
  }

  /** Where the edge at a place ends, or -1 if it is of no kind of the set. */
  edgeEnd(place: number, allowed: number): number {
    const edge = this.#order[place] ?? -1;
    return (allowed & (1 << (this.#kind[edge] ?? pass))) === 0 ? -1 : (this.#to[edge] ?? -1);
  }

  isPass(place: number): boolean {
    return this.#kind[this.#order[place] ?? -1] === pass;
  }

  /** A closed path over places of edges, as the caller's nodes. */
  describe(places: readonly number[]): Step[] {
    return places.flatMap((place) => {
      const edge = this.#order[place] ?? -1;
      const kind = kinds[this.#kind[edge] ?? pass];
      const node = this.#from[edge] ?? -1;
      if (kind === undefined || node >= this.#given) return [];
      return [{ node, kind, about: this.#about[edge] ?? -1 }];
    });
  }
}
