import type { ChannelPort, ClientWorld, LockOptions, SocketListener, SocketPort } from "./client-world.ts";

/** The other end of a socket that a client opened. */
export interface MemorySocketEnd {
  readonly url: string;
  send(text: string): void;
  close(code: number): void;
  onMessage(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
}

/** One tab of a realm, with switches that a test holds. */
export interface MemoryWorld extends ClientWorld {
  setOnline(isOnline: boolean): void;
  setVisible(isVisible: boolean): void;
  /** A frozen tab hears and does nothing until it is thawed; then everything that came meanwhile comes at once. */
  setFrozen(isFrozen: boolean): void;
  /** Sets this tab's wall clock, by so much against the realm's; durations go on. */
  setClock(aheadMs: number): void;
  /** What whoever develops the app was told. */
  readonly warnings: readonly string[];
  /** Ends the tab as a crash does: locks are given back, sockets end, no message arrives any more. */
  kill(): void;
}

/** A browser profile without a browser: tabs that share a manual clock, locks, channels and a network. */
export interface MemoryRealm {
  /** What a client connects to; undefined: every connection fails. */
  listen(accept: ((end: MemorySocketEnd) => void) | undefined): void;
  openTab(options?: { readonly hasTabs?: boolean; readonly seed?: number }): MemoryWorld;
  /** Moves the clock, running what falls due, and lets everything that follows from it happen. */
  advance(ms: number): Promise<void>;
  /** Lets everything happen that waits for no time. */
  settle(): Promise<void>;
  nowMs(): number;
}

interface Timer {
  readonly dueMs: number;
  readonly task: () => void;
}

interface LockRequest {
  readonly onHeld: () => void;
  readonly onLost: () => void;
}

interface Lock {
  readonly waiting: LockRequest[];
}

interface Listening {
  readonly name: string;
  readonly onMessage: (message: unknown) => void;
}

/** Makes a profile for tests and simulations. */
export function createMemoryRealm(startMs = 1_700_000_000_000): MemoryRealm {
  const timers = new Set<Timer>();
  const lockByName = new Map<string, Lock>();
  const channels = new Set<Listening>();
  const noteByName = new Map<string, string>();
  let nowMs = startMs;
  let accept: ((end: MemorySocketEnd) => void) | undefined;
  let tabCount = 0;

  const after = (delayMs: number, task: () => void): (() => void) => {
    const timer = { dueMs: nowMs + delayMs, task };
    timers.add(timer);
    return () => void timers.delete(timer);
  };

  const advance = async (ms: number): Promise<void> => {
    const untilMs = nowMs + ms;
    await settle();
    for (;;) {
      const next = [...timers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (!next || next.dueMs > untilMs) break;
      timers.delete(next);
      nowMs = Math.max(nowMs, next.dueMs);
      next.task();
      await settle();
    }
    nowMs = untilMs;
  };

  const openTab: MemoryRealm["openTab"] = ({ hasTabs = true, seed = ++tabCount } = {}) => {
    const signalListeners = new Set<() => void>();
    const ends = new Set<() => void>();
    const state = { isAlive: true, isOnline: true, isVisible: true, isFrozen: false, aheadMs: 0 };
    const warnings: string[] = [];
    // What has come to a frozen tab, in order.
    const asleep: (() => void)[] = [];
    const whenAwake = (task: () => void): void => {
      if (state.isFrozen) asleep.push(task);
      else if (state.isAlive) task();
    };
    const owned = (undo: () => void): (() => void) => {
      ends.add(undo);
      return () => {
        if (ends.delete(undo)) undo();
      };
    };
    const signal = (): void => {
      for (const listener of signalListeners) listener();
    };
    return {
      clock: {
        nowMs: () => nowMs + state.aheadMs,
        monotonicMs: () => nowMs,
        after: (delayMs, task) => owned(after(delayMs, () => whenAwake(task))),
        soon(task) {
          const timer = setTimeout(task, 0);
          return () => clearTimeout(timer);
        },
      },
      random: { bytes: seededBytes(seed) },
      signals: {
        isOnline: () => state.isOnline,
        isVisible: () => state.isVisible,
        onChange(listener) {
          signalListeners.add(listener);
          return () => void signalListeners.delete(listener);
        },
      },
      ...(hasTabs && {
        locks: {
          hold: (name: string, onHeld: () => void, { steal = false, onLost }: LockOptions = {}) => {
            const request = { onHeld: () => whenAwake(onHeld), onLost: () => whenAwake(() => onLost?.()) };
            return owned(holdLock(lockByName, name, request, steal));
          },
        },
        openChannel: (name: string, onMessage: (message: unknown) => void) =>
          openChannel(channels, name, (message) => whenAwake(() => onMessage(message)), owned),
      }),
      notes: {
        read: (name) => noteByName.get(name),
        write: (name, text) => void (text === undefined ? noteByName.delete(name) : noteByName.set(name, text)),
      },
      warnings,
      warn: (text) => void warnings.push(text),
      openSocket: (url, listener) =>
        openSocket(
          state.isOnline ? accept : undefined,
          url,
          {
            opened: () => whenAwake(() => listener.opened()),
            message: (text) => whenAwake(() => listener.message(text)),
            closed: (code) => whenAwake(() => listener.closed(code)),
          },
          owned,
        ),
      persistStorage: async () => true,
      setOnline(isOnline) {
        state.isOnline = isOnline;
        signal();
      },
      setVisible(isVisible) {
        state.isVisible = isVisible;
        signal();
      },
      setClock: (aheadMs) => void (state.aheadMs = aheadMs),
      setFrozen(isFrozen) {
        state.isFrozen = isFrozen;
        if (!isFrozen) for (const task of asleep.splice(0)) whenAwake(task);
      },
      kill() {
        state.isAlive = false;
        signalListeners.clear();
        for (const end of [...ends]) end();
        ends.clear();
      },
    };
  };

  return { listen: (next) => void (accept = next), openTab, advance, settle, nowMs: () => nowMs };
}

/** Several turns of the event loop: enough for chains of promises, channels and guards to come to rest. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

function holdLock(lockByName: Map<string, Lock>, name: string, request: LockRequest, steal: boolean): () => void {
  const lock = lockByName.get(name) ?? { waiting: [] };
  lockByName.set(name, lock);
  const grantFirst = (): void => {
    const first = lock.waiting[0];
    queueMicrotask(() => {
      if (first !== undefined && lock.waiting[0] === first) first.onHeld();
    });
  };
  if (steal) {
    const holder = lock.waiting.shift();
    lock.waiting.unshift(request);
    if (holder) queueMicrotask(holder.onLost);
  } else lock.waiting.push(request);
  if (lock.waiting[0] === request) grantFirst();
  return () => {
    const place = lock.waiting.indexOf(request);
    if (place >= 0) lock.waiting.splice(place, 1);
    if (place === 0) grantFirst();
  };
}

function openChannel(
  channels: Set<Listening>,
  name: string,
  onMessage: (message: unknown) => void,
  owned: (undo: () => void) => () => void,
): ChannelPort {
  const own: Listening = { name, onMessage };
  let isClosed = false;
  channels.add(own);
  // A tab that dies says nothing more; only one that goes on could post to a channel that it has closed.
  const end = owned(() => channels.delete(own));
  return {
    post(message) {
      if (isClosed) throw new Error("InvalidStateError: the channel is closed, as a browser says it.");
      if (!channels.has(own)) return;
      const others = [...channels].filter((other) => other !== own && other.name === name);
      for (const other of others) {
        const copy: unknown = structuredClone(message);
        queueMicrotask(() => channels.has(other) && other.onMessage(copy));
      }
    },
    close() {
      isClosed = true;
      end();
    },
  };
}

function openSocket(
  accept: ((end: MemorySocketEnd) => void) | undefined,
  url: string,
  listener: SocketListener,
  owned: (undo: () => void) => () => void,
): SocketPort {
  let isOpen = true;
  const atServer: { message: (text: string) => void; close: () => void } = {
    message: () => undefined,
    close: () => undefined,
  };
  // Everything arrives in a later microtask, in order, as it would from a network.
  const later = (task: () => void): void => queueMicrotask(task);
  const leave = owned(() => {
    if (!isOpen) return;
    isOpen = false;
    later(() => atServer.close());
  });
  const end: MemorySocketEnd = {
    url,
    send: (text) => later(() => isOpen && listener.message(text)),
    close: (code) =>
      later(() => {
        if (!isOpen) return;
        isOpen = false;
        leave();
        listener.closed(code);
      }),
    onMessage: (handle) => void (atServer.message = handle),
    onClose: (handle) => void (atServer.close = handle),
  };
  later(() => {
    if (!isOpen) return;
    if (!accept) return end.close(1006);
    accept(end);
    listener.opened();
  });
  return { send: (text) => void (isOpen && later(() => atServer.message(text))), close: leave };
}

/** Bytes that look random and are the same in every run. */
function seededBytes(seed: number): (count: number) => Uint8Array {
  let state = (seed * 0x9e3779b9) >>> 0;
  return (count) =>
    Uint8Array.from({ length: count }, () => {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
      return state >>> 24;
    });
}
