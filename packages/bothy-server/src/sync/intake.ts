import type { Socket } from "../base/index.ts";
import type { SyncLimits } from "./limits.ts";

/** Bytes that wait to be answered, of all devices. */
export interface UnansweredBytes {
  ofAll: number;
}

/**
 * The receiving side of one socket, with a bound on what waits to be answered: beyond it nothing more is read, so that the
 * rest waits at the client, which need not know (SY16).
 */
export class Intake {
  readonly #socket: Socket;
  readonly #limits: SyncLimits;
  readonly #unanswered: UnansweredBytes;
  #sizeBytes = 0;
  #isReading = true;

  constructor(socket: Socket, limits: SyncLimits, unanswered: UnansweredBytes) {
    this.#socket = socket;
    this.#limits = limits;
    this.#unanswered = unanswered;
  }

  /** False while the client cannot be heard. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** So much has come and waits. */
  took(sizeBytes: number): void {
    this.#add(sizeBytes);
    const { unansweredBytes, unansweredBytesOfAll } = this.#limits;
    // What all have sent counts against whoever has something waiting: its own answers will let it go on.
    const isFull = this.#sizeBytes > unansweredBytes || this.#unanswered.ofAll > unansweredBytesOfAll;
    if (isFull && this.#sizeBytes > 0) this.#setReading(false);
  }

  /** So much of it waits no longer. */
  answered(sizeBytes: number): void {
    // What was under way when the socket ended has been counted off with it.
    this.#add(-Math.min(sizeBytes, this.#sizeBytes));
    const { unansweredBytes, unansweredBytesOfAll } = this.#limits;
    const hasRoom = this.#sizeBytes <= unansweredBytes / 2 && this.#unanswered.ofAll <= unansweredBytesOfAll;
    if (hasRoom || this.#sizeBytes <= 0) this.#setReading(true);
  }

  /** Nothing is waited for any more; what still comes is read, so that the end of the socket is. */
  close(): void {
    this.#add(-this.#sizeBytes);
    this.#setReading(true);
  }

  #add(sizeBytes: number): void {
    this.#sizeBytes += sizeBytes;
    this.#unanswered.ofAll += sizeBytes;
  }

  #setReading(isReading: boolean): void {
    if (this.#isReading === isReading) return;
    this.#isReading = isReading;
    this.#socket.setReading(isReading);
  }
}
