import type { Clock } from "./world.ts";

/** Makes the clock of the machine. */
export function createSystemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after: (delayMs, task) => {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
    soon: (task) => void setImmediate(task),
  };
}
