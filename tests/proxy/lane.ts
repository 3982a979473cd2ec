import type { Socket } from "node:net";

/** How one direction of a connection treats what passes. */
export interface LaneFaults {
  /** Each piece arrives so much later, and up to `jitterMs` more; pieces of a connection never pass one another, as TCP has it. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** At most so many bytes a second; 0: as fast as it goes. */
  readonly bytesPerSecond: number;
  /** Nothing passes until this ends; then everything does, in order. */
  readonly isStalled: boolean;
}

/** A direction without faults. */
export const calm: LaneFaults = { delayMs: 0, jitterMs: 0, bytesPerSecond: 0, isStalled: false };

/** One direction of a connection. */
export interface Lane {
  /** Looks at the faults again, which have changed. */
  refresh(): void;
  /** From now on everything is swallowed, for ever: the direction is dead, and nobody is told. */
  kill(): void;
  /** Tells the receiver that nothing more comes, though the sender goes on. */
  end(): void;
}

interface Piece {
  /** Undefined: the sender has ended. */
  readonly bytes: Buffer | undefined;
  readonly dueMs: number;
}

/** What waits in a lane before its sender is asked to wait. */
const waitingBytesMax = 1024 * 1024;

/** Passes what one socket sends to another, as the faults of the moment say. */
export function openLane(from: Socket, to: Socket, faults: () => LaneFaults, random: () => number): Lane {
  const waiting: Piece[] = [];
  let waitingBytes = 0;
  let lastDueMs = 0;
  let isDead = false;
  let timer: NodeJS.Timeout | undefined;

  const put = (bytes: Buffer | undefined): void => {
    const { delayMs, jitterMs, bytesPerSecond } = faults();
    const arrivalMs = performance.now() + delayMs + random() * jitterMs;
    const sendingMs = bytesPerSecond > 0 ? ((bytes?.length ?? 0) * 1_000) / bytesPerSecond : 0;
    lastDueMs = Math.max(lastDueMs, arrivalMs) + sendingMs;
    waiting.push({ bytes, dueMs: lastDueMs });
    waitingBytes += bytes?.length ?? 0;
    if (waitingBytes > waitingBytesMax) from.pause();
    deliver();
  };

  const deliver = (): void => {
    clearTimeout(timer);
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (faults().isStalled) return;
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(deliver, waitMs);
        return;
      }
      waiting.shift();
      waitingBytes -= next.bytes?.length ?? 0;
      if (to.destroyed) continue;
      if (next.bytes === undefined) to.end();
      else to.write(next.bytes);
    }
    if (from.isPaused() && !from.destroyed) from.resume();
  };

  from.on("data", (bytes) => {
    if (!isDead && typeof bytes !== "string") put(bytes);
  });
  from.on("end", () => {
    if (!isDead) put(undefined);
  });
  return {
    refresh: deliver,
    kill: () => {
      isDead = true;
      waiting.length = 0;
      waitingBytes = 0;
      clearTimeout(timer);
      // What comes is still read, so that the sender takes it for sent.
      if (!from.destroyed) from.resume();
    },
    end: () => to.end(),
  };
}
