/** Runs tasks one after another: everything that changes what is shown goes through one of these. */
export interface Serial {
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** Makes a queue of tasks; one that fails does not hold up the next. */
export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const next = last.then(task);
      // Its failure belongs to whoever called; here only its end counts.
      last = next.catch(() => undefined);
      return next;
    },
  };
}
