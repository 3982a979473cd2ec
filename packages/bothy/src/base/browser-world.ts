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

/** The real world of a browser tab; on Node the same without locks, channels and events. */
export function createBrowserWorld(options: BrowserWorldOptions = {}): ClientWorld {
  const locks = browserLocks();
  const notes = browserNotes();
  return {
    clock: browserClock,
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    signals: browserSignals,
    ...(locks && { locks }),
    ...(notes && { notes }),
    ...(locks && typeof BroadcastChannel === "function" && { openChannel }),
    openSocket: (url, listener) => openSocket(options.webSocket ?? WebSocket, url, listener),
    // Absent on plain http and on Node.
    persistStorage: async () => (await globalThis.navigator?.storage?.persist?.()) ?? false,
  };
}

const browserClock: ClientClock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  soon: typeof document === "undefined" ? soonByTimer : createSoon(),
};

function soonByTimer(task: () => void): () => void {
  const timer = setTimeout(task, 0);
  return () => clearTimeout(timer);
}

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
  isVisible: () => typeof document === "undefined" || document.visibilityState !== "hidden",
  isOnline: () => globalThis.navigator?.onLine !== false,
  onChange(listener) {
    if (typeof window === "undefined" || typeof document === "undefined") return () => undefined;
    const windowEvents = ["online", "offline", "pageshow", "focus"];
    for (const event of windowEvents) window.addEventListener(event, listener);
    document.addEventListener("visibilitychange", listener);
    return () => {
      for (const event of windowEvents) window.removeEventListener(event, listener);
      document.removeEventListener("visibilitychange", listener);
    };
  },
};

function browserLocks(): LockPort | undefined {
  // Node has locks from 24 on, but there nothing else of a tab: a process is always alone with its storage.
  const locks = typeof document === "undefined" ? undefined : globalThis.navigator?.locks;
  if (!locks) return undefined;
  return {
    hold(name, onHeld, { steal = false, onLost } = {}) {
      const waiting = new AbortController();
      let release: (() => void) | undefined;
      let isWanted = true;
      const held = (): Promise<void> =>
        new Promise((resolve) => {
          if (!isWanted) return resolve();
          release = resolve;
          onHeld();
        });
      // A wait that is given up ends in an AbortError, and a lock that is stolen too; there is no other failure.
      locks.request(name, steal ? { steal } : { signal: waiting.signal }, held).catch(() => {
        if (release && isWanted) onLost?.();
      });
      return () => {
        isWanted = false;
        if (release) release();
        else waiting.abort();
      };
    },
  };
}

function browserNotes(): NotePort | undefined {
  // Node has a localStorage of its own, which no browser profile stands behind.
  if (typeof document === "undefined") return undefined;
  return {
    read(name) {
      try {
        return localStorage.getItem(name) ?? undefined;
      } catch {
        // Withheld with cookies: then nothing was kept either.
        return undefined;
      }
    },
    write(name, text) {
      try {
        if (text === undefined) localStorage.removeItem(name);
        else localStorage.setItem(name, text);
      } catch {
        // Withheld or full: an eviction will not be noticed.
      }
    },
  };
}

function openChannel(name: string, onMessage: (message: unknown) => void): ChannelPort {
  const channel = new BroadcastChannel(name);
  channel.addEventListener("message", (event) => onMessage(event.data));
  return { post: (message) => channel.postMessage(message), close: () => channel.close() };
}

function openSocket(Socket: new (url: string) => WebSocket, url: string, listener: SocketListener): SocketPort {
  const socket = new Socket(url);
  let isOver = false;
  const end = (code: number): void => {
    if (isOver) return;
    isOver = true;
    listener.closed(code);
  };
  // Properties instead of addEventListener: every WebSocket constructor has them.
  socket.onopen = () => {
    if (!isOver) listener.opened();
  };
  socket.onmessage = (event: { data: unknown }) => {
    if (!isOver && typeof event.data === "string") listener.message(event.data);
  };
  socket.onclose = (event: { code: number }) => end(event.code);
  socket.onerror = () => end(1006);
  return {
    send: (text) => {
      if (!isOver) socket.send(text);
    },
    close: () => {
      isOver = true;
      socket.close();
    },
  };
}
