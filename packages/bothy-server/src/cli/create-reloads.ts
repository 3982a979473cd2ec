/** Runs a task on request, never twice at once. */
export interface Reloads {
  /** Runs the task now, or once more after the run that is under way. */
  readonly request: () => void;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

/** Makes the runs of a task that ends its own errors. */
export function createReloads(task: () => Promise<void>): Reloads {
  let running: Promise<void> | undefined;
  let isRequested = false;
  const run = async (): Promise<void> => {
    while (isRequested) {
      isRequested = false;
      await task();
    }
    running = undefined;
  };
  return {
    request: () => {
      isRequested = true;
      running ??= run();
    },
    settled: () => running ?? Promise.resolve(),
  };
}
