import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { textFrame } from "./text-frame.ts";
import type { Socket } from "./world.ts";

const closeReasonMaxBytes = 123;

/** Frames of bytes that go to many sockets, each made once. */
const frameByBytes = new WeakMap<Uint8Array, Buffer>();

function frameOf(message: string | Uint8Array): Buffer {
  if (typeof message === "string") return textFrame(message);
  let frame = frameByBytes.get(message);
  if (frame === undefined) frameByBytes.set(message, (frame = textFrame(message)));
  return frame;
}

/**
 * Gives a `ws` socket the shape that the layers above know. Messages are framed here and written to the stream below it,
 * to which `ws` itself writes at once too (nothing is compressed), so that their order is that of the calls.
 */
export function wrapSocket(socket: WebSocket, stream: Duplex, remoteAddress: string): Socket {
  const messageListeners = new Set<(message: string | Uint8Array) => void>();
  const closeListeners = new Set<(code: number) => void>();
  const drainListeners = new Set<() => void>();
  let unsentCount = 0;

  // One function for all sends: called when the message has left the process, or never will.
  const onSent = (): void => {
    unsentCount--;
    if (unsentCount > 0 || socket.readyState !== socket.OPEN) return;
    for (const listener of drainListeners) listener();
  };

  socket.on("message", (content: RawData, isBinary: boolean) => {
    const bytes = bytesOf(content);
    const message = isBinary ? bytes : bytes.toString("utf8");
    for (const listener of messageListeners) listener(message);
  });
  // What is wrong with a frame (size, encoding, masking) has its own close code, which `ws` sends; nothing more is to be done.
  socket.on("error", () => undefined);
  socket.on("close", (code: number) => {
    for (const listener of closeListeners) listener(code);
  });

  return {
    remoteAddress,
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send: (text) => {
      if (socket.readyState !== socket.OPEN) return;
      unsentCount++;
      stream.write(frameOf(text), onSent);
    },
    close: (code, reason) => socket.close(code, cutUtf8(reason, closeReasonMaxBytes)),
    setReading: (isReading) => {
      if (isReading) socket.resume();
      else socket.pause();
    },
    onMessage: (listener) => void messageListeners.add(listener),
    onClose: (listener) => void closeListeners.add(listener),
    onDrain: (listener) => void drainListeners.add(listener),
  };
}

function bytesOf(content: RawData): Buffer {
  if (Array.isArray(content)) return Buffer.concat(content);
  return content instanceof ArrayBuffer ? Buffer.from(content) : content;
}

/** A close frame holds 123 bytes of reason; a longer one would throw. */
function cutUtf8(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  // A byte of 10xxxxxx continues a character: it is not cut in half.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}
