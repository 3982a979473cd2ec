/** Routes that are told apart, times the statuses that they answer. */
const kindsMax = 500;

interface RequestCount {
  readonly route: string;
  readonly status: number;
  count: number;
}

/** Requests by route and status. A route is a pattern of ours, never an address that somebody asked for. */
export class HttpFigures {
  readonly #byKind = new Map<string, RequestCount>();

  add(route: string, status: number): void {
    const kind = `${status} ${route}`;
    const known = this.#byKind.get(kind);
    if (known !== undefined) known.count++;
    else if (this.#byKind.size < kindsMax) this.#byKind.set(kind, { route, status, count: 1 });
  }

  requests(): Iterable<Readonly<RequestCount>> {
    return this.#byKind.values();
  }
}
