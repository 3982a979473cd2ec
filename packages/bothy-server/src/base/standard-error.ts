import { writeSync } from "node:fs";

const descriptor = 2;
/** A reader that takes nothing for so long loses lines: the server does not stop for it. */
const patienceMs = 1_000;
const pauseMs = 5;

/**
 * Makes a writer of lines to standard error that returns once the line has left the process, so that the last one is
 * there however the process ends. What a reader does not take in time is dropped.
 */
export function createErrorWriter(): (line: string) => void {
  let leftMs = patienceMs;
  return (line) => {
    // Whoever has not taken a line is not waited for again before taking one.
    leftMs = writeAll(Buffer.from(line), leftMs) ? patienceMs : 0;
  };
}

function writeAll(bytes: Uint8Array, maxMs: number): boolean {
  let waitedMs = 0;
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!isFull || waitedMs >= maxMs) return false;
      waitedMs += pauseMs;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
  return true;
}
