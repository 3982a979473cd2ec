import { parseServerMessage } from "bothy/internal";
import type { ErrorCode, ErrorMessage, Poke, PokeHeader, ServerMessage } from "bothy/internal";
import WebSocket from "ws";

/** A message of a deployment; a poke with its chunks. */
export type Received = Poke | Exclude<ServerMessage, PokeHeader>;

/** How a socket ended: the close code, and the code of the fatal error that was told before, if one was. */
export interface SocketEnd {
  readonly closeCode: number;
  readonly errorCode: ErrorCode | undefined;
}

/** A socket at a deployment's door that knows the messages and nothing of what they mean. */
export interface RawSocket {
  readonly isOpen: boolean;
  /** Everything that has arrived, in order. */
  readonly received: readonly Received[];
  readonly ended: Promise<SocketEnd>;
  /** Sends a text frame, or bytes as a binary one. */
  send(frame: string | Uint8Array): void;
  sendMessage(message: unknown): void;
  /** The first message that fits, of those that have arrived or else of those to come; rejects if the socket ends without it. */
  find<Found extends Received>(fits: (message: Received) => message is Found): Promise<Found>;
  onMessage(listener: (message: Received) => void): void;
  close(): void;
  /** Ends it as a lost network would. */
  terminate(): void;
}

/** Opens a socket at the deployment's address, `http://…`; pings are answered. */
export async function openSocket(url: string): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/sync`, { perMessageDeflate: false });
  const received: Received[] = [];
  const listeners = new Set<(message: Received) => void>();
  let fatal: ErrorMessage | undefined;
  socket.on("message", (bytes: Buffer) => {
    const message = parseServerMessage(bytes.toString());
    if (message.type === "ping") socket.send('{"type":"pong"}');
    if (message.type === "error" && message.isFatal) fatal = message;
    received.push(message);
    for (const listener of [...listeners]) listener(message);
  });
  const ended = new Promise<SocketEnd>((resolve) => {
    socket.once("close", (closeCode: number) => resolve({ closeCode, errorCode: fatal?.error.code }));
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  // From here on, how it ended is what `ended` says.
  socket.on("error", () => undefined);
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    received,
    ended,
    send: (frame) => socket.send(frame, { binary: typeof frame !== "string" }),
    sendMessage: (message) => socket.send(JSON.stringify(message)),
    find: (fits) => findMessage({ received, listeners, ended }, fits),
    onMessage: (listener) => void listeners.add(listener),
    close: () => socket.close(),
    terminate: () => socket.terminate(),
  };
}

interface Inbox {
  readonly received: readonly Received[];
  readonly listeners: Set<(message: Received) => void>;
  readonly ended: Promise<SocketEnd>;
}

function findMessage<Found extends Received>(
  inbox: Inbox,
  fits: (message: Received) => message is Found,
): Promise<Found> {
  const { received, listeners, ended } = inbox;
  const arrived = received.find(fits);
  if (arrived !== undefined) return Promise.resolve(arrived);
  return new Promise((resolve, reject) => {
    const listener = (message: Received): void => {
      if (!fits(message)) return;
      listeners.delete(listener);
      resolve(message);
    };
    listeners.add(listener);
    void ended.then((end) => {
      // No error if the message came first: the promise is settled then.
      reject(new SocketEnded(end));
    });
  });
}

/** The socket ended before what was waited for had come. */
export class SocketEnded extends Error {
  readonly end: SocketEnd;

  constructor(end: SocketEnd) {
    super(`The socket ended (${end.closeCode}, ${end.errorCode ?? "no error was told"}).`);
    this.end = end;
  }
}
