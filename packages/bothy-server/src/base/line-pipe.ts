import type { Duplex } from "node:stream";

/** Lines of text over a stream, in order, each way. */
export interface LinePipe {
  send(line: string): void;
  onLine(listener: (line: string) => void): void;
  /** Bytes given to `send` that have not left the process. */
  readonly bufferedBytes: number;
}

/** The longest line that is taken; a longer one is a fault of the sender, and memory is ours. */
export const lineSizeMax = 64 * 1_048_576;

/**
 * Sends and receives lines over a stream. `onOverflow` is called once when a line is longer than `lineSizeMax`. What is sent
 * until `later` calls back leaves in one write.
 */
export function createLinePipe(
  stream: Duplex,
  onOverflow: () => void,
  later: (flush: () => void) => void = setImmediate,
): LinePipe {
  const listeners = new Set<(line: string) => void>();
  let waiting: string[] = [];
  let waitingLength = 0;

  const flush = (): void => {
    const text = `${waiting.join("\n")}\n`;
    waiting = [];
    waitingLength = 0;
    if (!stream.destroyed) stream.write(text);
  };

  splitLines(
    stream,
    (line) => {
      for (const listener of listeners) listener(line);
    },
    onOverflow,
  );
  return {
    send: (line) => {
      if (waiting.length === 0) later(flush);
      waiting.push(line);
      waitingLength += line.length + 1;
    },
    onLine: (listener) => void listeners.add(listener),
    get bufferedBytes() {
      return waitingLength + stream.writableLength;
    },
  };
}

/** Calls `onLine` for each line of UTF-8 text that a stream brings. */
export function splitLines(
  stream: NodeJS.ReadableStream,
  onLine: (line: string) => void,
  onOverflow: () => void,
): void {
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  let isOver = false;
  stream.on("data", (chunk: Buffer) => {
    if (isOver) return;
    const end = chunk.lastIndexOf(0x0a);
    if (end < 0) {
      pieces.push(chunk);
      pieceBytes += chunk.length;
      if (pieceBytes <= lineSizeMax) return;
      isOver = true;
      pieces = [];
      return onOverflow();
    }
    // All whole lines of a chunk are decoded at once: one call for a thousand small messages.
    const whole = pieces.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...pieces, chunk.subarray(0, end)]);
    const rest = chunk.subarray(end + 1);
    pieces = rest.length === 0 ? [] : [rest];
    pieceBytes = rest.length;
    for (const line of whole.toString("utf8").split("\n")) onLine(line);
  });
}
