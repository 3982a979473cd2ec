import type { Clock } from "../base/index.ts";

/** Says when a device is sent a cursor: after pokes, at rest, at most once in a time (SY15). */
export class CursorPace {
  readonly #clock: Clock;
  readonly #cursorMs: number;
  readonly #onDue: () => void;
  #sentMs = -Infinity;
  #isWanted = false;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, cursorMs: number, onDue: () => void) {
    this.#clock = clock;
    this.#cursorMs = cursorMs;
    this.#onDue = onDue;
  }

  /** A poke was sent: what was sealed is not the last any more. */
  poked(): void {
    this.#isWanted = true;
  }

  /** True if a cursor is to be sent now; else sees to it that it will be asked again. */
  isDue(): boolean {
    if (!this.#isWanted) return false;
    const waitMs = this.#sentMs + this.#cursorMs - this.#clock.monotonicMs();
    if (waitMs <= 0) return true;
    this.#cancel ??= this.#clock.after(waitMs, () => {
      this.#cancel = undefined;
      this.#onDue();
    });
    return false;
  }

  sent(): void {
    this.#isWanted = false;
    this.#sentMs = this.#clock.monotonicMs();
  }

  stop(): void {
    this.#cancel?.();
  }
}
