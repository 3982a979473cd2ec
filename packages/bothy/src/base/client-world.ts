/** Time, as far as a client needs it. */
export interface ClientClock {
  /** Wall clock, milliseconds since 1970. */
  nowMs(): number;
  /** Never goes back; for durations. */
  monotonicMs(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` once in a later turn of the event loop, when every microtask of this one has run; the returned function cancels it. */
  soon(task: () => void): () => void;
}

/** Randomness fit for keys. */
export interface ClientRandom {
  bytes(count: number): Uint8Array;
}

/** What a socket tells its owner. Nothing is called after `closed`. */
export interface SocketListener {
  opened(): void;
  message(text: string): void;
  closed(code: number): void;
}

/** One connection that carries text messages. */
export interface SocketPort {
  send(text: string): void;
  close(): void;
}

/** How a lock is held. */
export interface LockOptions {
  readonly steal?: boolean;
  /** Another tab has taken the lock. */
  readonly onLost?: () => void;
}

/** Locks between the tabs of one browser profile. */
export interface LockPort {
  /**
   * Waits for the lock and calls `onHeld`; the returned function gives it back, or stops waiting. A tab that dies gives it back.
   * With `steal` it is taken at once from whoever holds it, whose `onLost` is called.
   */
  hold(name: string, onHeld: () => void, how?: LockOptions): () => void;
}

/** Messages between the tabs of one browser profile; a tab does not hear itself. */
export interface ChannelPort {
  post(message: unknown): void;
  close(): void;
}

/** What the browser tells about this tab. */
export interface SignalPort {
  isVisible(): boolean;
  isOnline(): boolean;
  /** Called when either may have changed. */
  onChange(listener: () => void): () => void;
}

/** Small texts by name that a profile keeps beside its databases, so that they outlive the eviction of those. */
export interface NotePort {
  read(name: string): string | undefined;
  /** Keeps a text, or with undefined forgets it; what cannot be kept is not. */
  write(name: string, text: string | undefined): void;
}

/** Everything that a client touches besides its storage. */
export interface ClientWorld {
  readonly clock: ClientClock;
  readonly random: ClientRandom;
  readonly signals: SignalPort;
  /** Absent where the browser withholds it (plain http): this tab then acts alone. */
  readonly locks?: LockPort;
  readonly openChannel?: (name: string, onMessage: (message: unknown) => void) => ChannelPort;
  /** Absent where there is nothing to keep them in. */
  readonly notes?: NotePort;
  /** Tells whoever develops the app. */
  warn(text: string): void;
  openSocket(url: string, listener: SocketListener): SocketPort;
  /** Asks the browser not to evict what is stored; false where it refuses or cannot say. */
  persistStorage(): Promise<boolean>;
}
