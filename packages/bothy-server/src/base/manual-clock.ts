import type { Clock } from "./world.ts";

/** A clock that stands still until it is moved; for tests and the simulator. */
export interface ManualClock extends Clock {
  /** Moves both times forward and runs what falls due on the way, in order of time. */
  advance(byMs: number): void;
  /** Sets the wall clock, as its owner or a time server does; durations go on. */
  step(byMs: number): void;
  /** Tasks that wait for a later time. */
  readonly pendingCount: number;
}

interface Timer {
  readonly atMs: number;
  readonly task: () => void;
}

/** Makes a clock that begins at a given wall time. */
export function createManualClock(startMs: number = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsedMs = 0;
  let steppedMs = 0;
  const timers = new Set<Timer>();
  const nextDue = (untilMs: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.atMs <= untilMs && (first === undefined || timer.atMs < first.atMs)) first = timer;
    }
    return first;
  };
  return {
    nowMs: () => startMs + elapsedMs + steppedMs,
    monotonicMs: () => elapsedMs,
    after: (delayMs, task) => {
      const timer = { atMs: elapsedMs + Math.max(0, delayMs), task };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    // A microtask: in order, and nobody has to move the clock for it.
    soon: (task) => queueMicrotask(task),
    advance: (byMs) => {
      const untilMs = elapsedMs + byMs;
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        timers.delete(due);
        elapsedMs = Math.max(elapsedMs, due.atMs);
        due.task();
      }
      elapsedMs = untilMs;
    },
    step: (byMs) => void (steppedMs += byMs),
    get pendingCount() {
      return timers.size;
    },
  };
}
