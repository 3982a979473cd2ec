import type {
  ChannelPort,
  ClientClock,
  ClientWorld,
  LockPort,
  NotePort,
  SignalPort,
  SocketListener,
  SocketPort,
} from "./client-world.ts";

/** What a browser does not bring by itself. */
export interface BrowserWorldOptions {
  /** A WebSocket constructor, for platforms without a global one (Node 20). */
  readonly webSocket?: new (url: string) => WebSocket;
}

/** Node and phones have no page, and nothing reliable of what belongs to one: there a process is alone with its storage. */
const hasPage = typeof document !== "undefined";

/** The real world of a browser tab; on Node the same without locks, channels and events. */
export function createBrowserWorld({ webSocket }: BrowserWorldOptions = {}): ClientWorld {
  const locks = hasPage && globalThis.navigator?.locks;
  return {
    clock: browserClock,
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    signals: browserSignals,
    ...(hasPage && { notes: browserNotes }),
    ...(locks && { locks: lockPort(locks) }),
    ...(locks && typeof BroadcastChannel === "function" && { openChannel }),
    warn: (text) => console.warn(text),
    openSocket: (url, listener) => openSocket(new (webSocket ?? WebSocket)(url), listener),
    // Absent on plain http and on Node.
    persistStorage: async () => (await globalThis.navigator?.storage?.persist?.()) ?? false,
  };
}

const after: ClientClock["after"] = (delayMs, task) => {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
};

const browserClock: ClientClock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after,
  soon: hasPage ? createSoon() : (task) => after(0, task),
};

/** Browsers hold timers back for 4 ms after a few in a row; messages they do not. */
function createSoon(): ClientClock["soon"] {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (task) => {
    let isWanted = true;
    waiting.push(() => isWanted && task());
    port2.postMessage(0);
    return () => void (isWanted = false);
  };
}

const browserSignals: SignalPort = {
  isVisible: () => !hasPage || document.visibilityState !== "hidden",
  isOnline: () => globalThis.navigator?.onLine !== false,
  onChange(listener) {
    const stop = new AbortController();
    const { signal } = stop;
    if (hasPage) {
      for (const event of ["online", "offline", "pageshow", "focus"]) addEventListener(event, listener, { signal });
      document.addEventListener("visibilitychange", listener, { signal });
    }
    return () => stop.abort();
  },
};

function lockPort(locks: LockManager): LockPort {
  return {
    hold(name, onHeld, { steal = false, onLost } = {}) {
      const waiting = new AbortController();
      let isWanted = true;
      let isHeld = false;
      let release = (): void => waiting.abort();
      const held = (): Promise<void> =>
        new Promise((resolve) => {
          if (!isWanted) return resolve();
          isHeld = true;
          release = resolve;
          onHeld();
        });
      // A wait that is given up ends in an AbortError, and a lock that is stolen too; there is no other failure.
      locks.request(name, steal ? { steal } : { signal: waiting.signal }, held).catch(() => {
        if (isHeld && isWanted) onLost?.();
      });
      return () => {
        isWanted = false;
        release();
      };
    },
  };
}

/** Withheld with cookies, or full: then nothing is noted, and an eviction will not be noticed. */
function tryNote<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

const browserNotes: NotePort = {
  read: (name) => tryNote(() => localStorage.getItem(name)) ?? undefined,
  write: (name, text) =>
    tryNote(() => (text === undefined ? localStorage.removeItem(name) : localStorage.setItem(name, text))),
};

function openChannel(name: string, onMessage: (message: unknown) => void): ChannelPort {
  const channel = new BroadcastChannel(name);
  channel.addEventListener("message", (event) => onMessage(event.data));
  return { post: (message) => channel.postMessage(message), close: () => channel.close() };
}

function openSocket(socket: WebSocket, listener: SocketListener): SocketPort {
  let hearing: SocketListener | undefined = listener;
  const end = (code: number): void => {
    const ended = hearing;
    hearing = undefined;
    ended?.closed(code);
  };
  // Properties instead of addEventListener: every WebSocket constructor has them.
  socket.onopen = () => hearing?.opened();
  socket.onmessage = ({ data }: { data: unknown }) => {
    if (typeof data === "string") hearing?.message(data);
  };
  socket.onclose = ({ code }: { code: number }) => end(code);
  socket.onerror = () => end(1006);
  return {
    send: (text) => {
      if (hearing) socket.send(text);
    },
    close: () => {
      hearing = undefined;
      socket.close();
    },
  };
}
