import type { Clock } from "../base/index.ts";

/** Lets so much through at once, and as much again within a time; what is not used does not add up. */
export class Allowance {
  readonly #clock: Clock;
  readonly #atOnce: number;
  readonly #perMs: number;
  #left: number;
  #filledMs: number;

  constructor(
    clock: Clock,
    atOnce: number,
    { refill, everyMs }: { readonly refill: number; readonly everyMs: number },
  ) {
    this.#clock = clock;
    this.#atOnce = atOnce;
    this.#perMs = refill / everyMs;
    this.#left = atOnce;
    this.#filledMs = clock.monotonicMs();
  }

  /** True when nothing of it is used. */
  get isFull(): boolean {
    this.#fill();
    return this.#left >= this.#atOnce;
  }

  /** Takes one; false when there is none. */
  take(): boolean {
    this.#fill();
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#left = Math.min(this.#atOnce, this.#left + (nowMs - this.#filledMs) * this.#perMs);
    this.#filledMs = nowMs;
  }
}
