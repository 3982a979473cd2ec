/** A value that is replaced, never changed, and whose followers hear of each replacement. */
export interface Observable<T> {
  readonly value: T;
  set(next: T): void;
  subscribe(listener: () => void): () => void;
}

/** Makes an observable with its first value. */
export function createObservable<T>(first: T): Observable<T> {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get value() {
      return value;
    },
    set(next) {
      if (next === value) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      const own = (): void => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
