import type { ClientWorld, SocketPort } from "../base/index.ts";
import {
  parseServerMessage,
  type ClientMessage,
  type Hello,
  type Poke,
  type PokeHeader,
  type ServerMessage,
} from "../protocol/index.ts";
import { reconnectDelayMs } from "./backoff.ts";

/** Any message of a deployment, as it was read. */
export type Incoming = Poke | Exclude<ServerMessage, PokeHeader>;

/** How long a deployment may take to answer a hello. */
const welcomeWithinMs = 15_000;

/** The deployment says something every 20 s (SY5); longer silence means that the socket leads nowhere. */
const silenceMaxMs = 45_000;

/** Attempts after an answer that only an update of the app can change. */
const refusedDelayMs = 60_000;

/** A device's one socket, opened again whenever it ends. */
export interface Connection {
  /** Sends if there is a welcomed socket; what is lost with a socket is sent again by whoever knows what was not answered. */
  send(message: ClientMessage): void;
  /** Ends this socket and opens the next, at once or after the usual wait. */
  restart(how: "now" | "later" | "refused"): void;
  close(): void;
}

export interface ConnectionOptions {
  readonly world: ClientWorld;
  readonly url: string;
  readonly random: () => number;
  readonly hello: () => Hello;
  /** No socket is opened while this is so; `restart` asks again. */
  readonly isPaused: () => boolean;
  /** Every message of the newest socket, in order. */
  readonly onMessage: (message: Incoming) => void;
  /** The newest socket has ended, or could not be opened. */
  readonly onDown: () => void;
}

/** Starts connecting. */
export function openConnection(options: ConnectionOptions): Connection {
  const { world } = options;
  let socket: SocketPort | undefined;
  let isWelcomed = false;
  let failureCount = 0;
  let lastHeardMs = 0;
  let isClosed = false;
  let cancelTimer = (): void => undefined;

  const wait = (delayMs: number, task: () => void): void => {
    cancelTimer();
    cancelTimer = world.clock.after(delayMs, task);
  };

  const end = (): void => {
    const old = socket;
    socket = undefined;
    isWelcomed = false;
    cancelTimer();
    old?.close();
  };

  const fail = (delayMs?: number): void => {
    if (isClosed) return;
    end();
    failureCount++;
    wait(delayMs ?? reconnectDelayMs(failureCount, options.random), connect);
    options.onDown();
  };

  const watch = (): void => {
    const silentMs = world.clock.monotonicMs() - lastHeardMs;
    const allowedMs = isWelcomed ? silenceMaxMs : welcomeWithinMs;
    if (silentMs >= allowedMs) fail();
    else wait(allowedMs - silentMs, watch);
  };

  const hear = (text: string): void => {
    let message: Incoming;
    try {
      message = parseServerMessage(text);
    } catch {
      // Not a deployment, or not one that speaks as we do; asking again later is all that can be done.
      fail();
      return;
    }
    lastHeardMs = world.clock.monotonicMs();
    if (message.type === "welcome") isWelcomed = true;
    // It follows what was sent and taken in. A welcome is no success yet: what comes after it may fail again and again.
    if (message.type === "cursor") failureCount = 0;
    if (message.type === "ping") socket?.send(JSON.stringify({ type: "pong" }));
    options.onMessage(message);
  };

  const connect = (): void => {
    if (isClosed) return;
    end();
    if (options.isPaused()) return options.onDown();
    lastHeardMs = world.clock.monotonicMs();
    let opened: SocketPort | undefined;
    const isCurrent = (): boolean => socket !== undefined && socket === opened;
    try {
      opened = world.openSocket(options.url, {
        opened: () => {
          if (isCurrent()) opened?.send(JSON.stringify(options.hello()));
        },
        message: (text) => {
          if (isCurrent()) hear(text);
        },
        closed: () => {
          if (!isCurrent()) return;
          socket = undefined;
          fail();
        },
      });
    } catch {
      // The address is one that this page may not connect to; another attempt may find another network.
      fail();
      return;
    }
    socket = opened;
    watch();
  };

  const stopSignals = world.signals.onChange(() => {
    // A tab that comes back, or a network that does, is worth an attempt at once; a network that goes, a look whether the
    // deployment is still there: it may be on this machine.
    const isWaiting = socket === undefined;
    if (!world.signals.isOnline() || (isWaiting && world.signals.isVisible())) connect();
  });

  connect();
  return {
    send(message) {
      if (isWelcomed) socket?.send(JSON.stringify(message));
    },
    restart(how) {
      if (how === "now") connect();
      else fail(how === "refused" ? refusedDelayMs : undefined);
    },
    close() {
      isClosed = true;
      end();
      stopSignals();
    },
  };
}
