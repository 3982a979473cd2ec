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
  #stall = { unsentBytes: 0, sinceMs: 0 };

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
    this.#socket.send(text);
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

  #watch(): void {
    this.#stall = { unsentBytes: this.#socket.bufferedBytes, sinceMs: this.#clock.monotonicMs() };
    const look = (): void => {
      this.#cancelWatch = undefined;
      if (!this.#isOpen || !this.isFull) return this.#signal();
      const unsentBytes = this.#socket.bufferedBytes;
      const nowMs = this.#clock.monotonicMs();
      if (unsentBytes < this.#stall.unsentBytes) this.#stall = { unsentBytes, sinceMs: nowMs };
      if (nowMs - this.#stall.sinceMs >= this.#limits.stallMs) return this.end(tooSlow(this.#limits.stallMs));
      this.#cancelWatch = this.#clock.after(this.#limits.stallPollMs, look);
    };
    this.#cancelWatch = this.#clock.after(this.#limits.stallPollMs, look);
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

function tooSlow(stallMs: number): BothyError {
  return new BothyError("client_too_slow", {
    message: `The client has read nothing for ${stallMs} ms although more was waiting than is held for it.`,
    fix: "Connect again; everything that changed meanwhile is sent then.",
  });
}
