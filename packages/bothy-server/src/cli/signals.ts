/** Resolves when the process is asked to stop (Ctrl-C, SIGTERM); a second request ends it at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (isAsked) process.exit(signal === "SIGINT" ? 130 : 143);
        isAsked = true;
        resolve();
      });
    }
  });
}
