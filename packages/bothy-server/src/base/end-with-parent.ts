import { Worker } from "node:worker_threads";

/** How often the watcher looks. */
const lookEveryMs = 500;

const watcher = `
  const { workerData: parent } = require("node:worker_threads");
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, ${lookEveryMs});
`;

/**
 * Sees to it that this process ends when its parent has, even while its code never comes back to the event loop, and not
 * before: Ctrl-C and what ends a service reach all processes of a group, and the parent still has something to finish. The
 * watcher is a thread without anything in it, because a loop cannot be interrupted from the thread that it runs in.
 */
export function endWithParent(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  const limits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };
  // Asked here: by the time the thread has started, the parent may be another one.
  new Worker(watcher, { eval: true, workerData: process.ppid, env: {}, resourceLimits: limits }).unref();
}
