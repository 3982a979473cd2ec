/** What has been opened so far, and how it is closed. */
export interface Closers {
  add(close: () => void | Promise<void>): void;
  /** Closes everything, the last first, also when closing one of them fails; then throws the first failure. Once. */
  readonly close: () => Promise<void>;
}

/** Keeps the way back while a thing is opened step by step. */
export function createClosers(): Closers {
  const waiting: (() => void | Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let close = waiting.pop(); close !== undefined; close = waiting.pop()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  return {
    add: (close) => void waiting.push(close),
    close: () => (closing ??= closeAll()),
  };
}
