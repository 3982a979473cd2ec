/** A request to end the process: Ctrl-C, SIGTERM, or a terminal that was closed. */
export interface StopRequest {
  readonly asked: Promise<void>;
  readonly isAsked: () => boolean;
}

// What a shell reports of a process that a signal ended.
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Listens for requests to stop from now on; a second one ends the process at once. */
export function listenForStop(): StopRequest {
  let isAsked = false;
  const asked = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        if (isAsked) process.exit(exitCodes[signal]);
        isAsked = true;
        resolve();
      });
    }
  });
  return { asked, isAsked: () => isAsked };
}
