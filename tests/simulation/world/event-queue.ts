/** An entry of the queue; a cancelled one is passed over when its time comes. */
export interface QueuedEvent {
  readonly atMs: number;
  readonly order: number;
  readonly label: string;
  readonly task: () => void;
  isCancelled: boolean;
}

/** Events by time, and in the order of their making where times are equal: a binary heap. */
export class EventQueue {
  readonly #heap: QueuedEvent[] = [];
  #made = 0;

  get size(): number {
    return this.#heap.length;
  }

  add(atMs: number, label: string, task: () => void): QueuedEvent {
    const event = { atMs, order: this.#made++, label, task, isCancelled: false };
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
    return event;
  }

  /** Takes the next event that was not cancelled, if it falls due in time. */
  take(untilMs: number): QueuedEvent | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (!first.isCancelled && first.atMs > untilMs) return undefined;
      this.#takeFirst();
      if (!first.isCancelled) return first;
    }
    return undefined;
  }

  #takeFirst(): QueuedEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      const child = this.#smallerChild(at);
      const below = heap[child];
      if (below === undefined || isBefore(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  #smallerChild(at: number): number {
    const left = 2 * at + 1;
    const [a, b] = [this.#heap[left], this.#heap[left + 1]];
    return a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left;
  }
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
