import { BothyError, errorCodes } from "bothy/internal";
import type { ServerMessage } from "bothy/internal";
import type { Clock, Socket } from "../base/index.ts";
import type { SyncLimits } from "./limits.ts";
import { toldError } from "./refusals.ts";
import type { SyncFigures } from "./sync-figures.ts";

/** What all outlets of a deployment share. */
export interface OutletParts {
  readonly clock: Clock;
  readonly limits: SyncLimits;
  readonly figures: SyncFigures;
}

/** The sending side of one socket, with a bound on what the client has not read (SY16). */
export class Outlet {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limits: SyncLimits;
  readonly #figures: SyncFigures;
  #isOpen = true;
  #onWritable: (() => void) | undefined;
  #cancelWatch: (() => void) | undefined;
  /** Unsent bytes when they were last looked at, and how many have been read since the watch began or was satisfied. */
  #unsentBytes = 0;
  #readBytes = 0;
  #watchedSinceMs = 0;

  constructor(socket: Socket, { clock, limits, figures }: OutletParts) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#figures = figures;
    socket.onClose(() => this.#stop());
    socket.onDrain(() => this.#signal());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True while the client has so much to read that nothing but what it asked for is sent. */
  get isFull(): boolean {
    return this.#socket.bufferedBytes >= this.#limits.unsentBytes;
  }

  /** Called each time that the client has read what was sent, and once when the socket has ended. */
  onWritable(listener: () => void): void {
    this.#onWritable = listener;
  }

  send(text: string | Uint8Array): void {
    if (!this.#isOpen) return;
    this.#noteRead();
    this.#socket.send(text);
    this.#unsentBytes = this.#socket.bufferedBytes;
    this.#figures.sent.messages++;
    this.#figures.sent.bytes += text.length;
    if (this.isFull && this.#cancelWatch === undefined) this.#watch();
  }

  sendMessage(message: ServerMessage): void {
    this.send(JSON.stringify(message));
  }

  /** Says why, and ends the socket. */
  end(error: BothyError): void {
    if (!this.#isOpen) return;
    this.sendMessage({ type: "error", error: toldError(error), isFatal: true });
    this.#socket.close(errorCodes[error.code].socketCloseCode, error.code);
    this.#stop();
  }

  #noteRead(): void {
    const { bufferedBytes } = this.#socket;
    this.#readBytes += Math.max(0, this.#unsentBytes - bufferedBytes);
    this.#unsentBytes = bufferedBytes;
  }

  /**
   * Watches from the moment at which the client has too much to read until it has half of it, so that one that stays just
   * below the bound is watched too: what is held for it, a snapshot perhaps, is held as long as it makes progress.
   */
  #watch(): void {
    const { unsentBytes, stallBytes, stallMs, stallPollMs } = this.#limits;
    this.#readBytes = 0;
    this.#watchedSinceMs = this.#clock.monotonicMs();
    const look = (): void => {
      this.#cancelWatch = undefined;
      this.#noteRead();
      if (!this.#isOpen || this.#unsentBytes < unsentBytes / 2) return this.#signal();
      if (!this.isFull) this.#signal();
      const nowMs = this.#clock.monotonicMs();
      if (this.#readBytes >= stallBytes) {
        this.#readBytes = 0;
        this.#watchedSinceMs = nowMs;
      } else if (nowMs - this.#watchedSinceMs >= stallMs) return this.end(tooSlow(this.#limits));
      this.#cancelWatch = this.#clock.after(stallPollMs, look);
    };
    this.#cancelWatch = this.#clock.after(stallPollMs, look);
  }

  #stop(): void {
    this.#isOpen = false;
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    this.#signal();
  }

  #signal(): void {
    this.#onWritable?.();
  }
}

function tooSlow({ stallBytes, stallMs }: SyncLimits): BothyError {
  return new BothyError("client_too_slow", {
    message: `The client has read less than ${stallBytes} bytes in ${stallMs} ms although more was waiting than is held for it.`,
    fix: "Connect again; everything that changed meanwhile is sent then.",
  });
}
