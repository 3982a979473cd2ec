import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** What this process takes from the machine. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly startedSeconds: number;
  /** Time in which the event loop had something to do. */
  readonly activeSeconds: number;
  /** How much later than due a timer ran since this was last asked; undefined when it was not watched or nothing ran. */
  readonly delaySeconds: { readonly median: number; readonly p99: number; readonly max: number } | undefined;
}

/** A look at this process, as often as it is wanted. */
export interface UsageWatch {
  read(): ProcessUsage;
  close(): void;
}

// Often enough to see what people feel, seldom enough to cost nothing.
const delayResolutionMs = 20;
const nanosecondsPerSecond = 1e9;

/** Watches the event loop of this process, and tells its other figures when asked. */
export function watchUsage(): UsageWatch {
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  delay.enable();
  const startedSeconds = performance.timeOrigin / 1_000;
  const delaySeconds = (): ProcessUsage["delaySeconds"] => {
    if (delay.count === 0) return undefined;
    // The time between two looks is part of what is measured.
    const late = (nanoseconds: number): number =>
      Math.max(0, nanoseconds / nanosecondsPerSecond - delayResolutionMs / 1_000);
    const found = { median: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) };
    delay.reset();
    return found;
  };
  return {
    read: () => {
      const { user, system } = process.cpuUsage();
      const { rss, heapUsed } = process.memoryUsage();
      return {
        cpuSeconds: (user + system) / 1e6,
        residentBytes: rss,
        heapBytes: heapUsed,
        startedSeconds,
        activeSeconds: performance.eventLoopUtilization().active / 1_000,
        delaySeconds: delaySeconds(),
      };
    },
    close: () => void delay.disable(),
  };
}
