import type { Clock, Socket } from "../base/index.ts";
import { Allowance } from "./allowance.ts";
import type { SyncLimits } from "./limits.ts";

/** Bytes that wait to be answered, of all devices. */
export interface UnansweredBytes {
  ofAll: number;
}

/** How long nothing is read from a client that sends messages too fast. */
const restMs = 100;

/**
 * The receiving side of one socket, with a bound on what waits to be answered and on how fast messages come: beyond it
 * nothing more is read for a while, so that the rest waits at the client, which need not know (SY16).
 */
export class Intake {
  readonly #socket: Socket;
  readonly #limits: SyncLimits;
  readonly #unanswered: UnansweredBytes;
  readonly #clock: Clock;
  readonly #messages: Allowance;
  #sizeBytes = 0;
  #isFull = false;
  #cancelRest: (() => void) | undefined;
  #isReading = true;

  constructor(
    socket: Socket,
    {
      clock,
      limits,
      unanswered,
    }: { readonly clock: Clock; readonly limits: SyncLimits; readonly unanswered: UnansweredBytes },
  ) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    const { messagesAtOnce, messagesPerSecond } = limits;
    this.#messages = new Allowance(clock, messagesAtOnce, { refill: messagesPerSecond, everyMs: 1_000 });
    this.#unanswered = unanswered;
  }

  /** False while the client cannot be heard. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** A message has come, whatever it says. */
  heard(): void {
    if (this.#messages.take() || this.#cancelRest !== undefined) return;
    this.#cancelRest = this.#clock.after(restMs, () => {
      this.#cancelRest = undefined;
      this.#look();
    });
    this.#look();
  }

  /** So much has come and waits. */
  took(sizeBytes: number): void {
    this.#add(sizeBytes);
    const { unansweredBytes, unansweredBytesOfAll } = this.#limits;
    // What all have sent counts against whoever has something waiting: its own answers will let it go on.
    const isFull = this.#sizeBytes > unansweredBytes || this.#unanswered.ofAll > unansweredBytesOfAll;
    if (isFull && this.#sizeBytes > 0) this.#isFull = true;
    this.#look();
  }

  /** So much of it waits no longer. */
  answered(sizeBytes: number): void {
    // What was under way when the socket ended has been counted off with it.
    this.#add(-Math.min(sizeBytes, this.#sizeBytes));
    const { unansweredBytes, unansweredBytesOfAll } = this.#limits;
    const hasRoom = this.#sizeBytes <= unansweredBytes / 2 && this.#unanswered.ofAll <= unansweredBytesOfAll;
    if (hasRoom || this.#sizeBytes <= 0) this.#isFull = false;
    this.#look();
  }

  /** Nothing is waited for any more; what still comes is read, so that the end of the socket is. */
  close(): void {
    this.#add(-this.#sizeBytes);
    this.#isFull = false;
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    this.#look();
  }

  #add(sizeBytes: number): void {
    this.#sizeBytes += sizeBytes;
    this.#unanswered.ofAll += sizeBytes;
  }

  #look(): void {
    const isReading = !this.#isFull && this.#cancelRest === undefined;
    if (this.#isReading === isReading) return;
    this.#isReading = isReading;
    this.#socket.setReading(isReading);
  }
}
