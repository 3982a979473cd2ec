import type { Clock } from "../base/index.ts";

/** Whoever may have something to send. */
export interface Pumped {
  pump(): void;
}

/** Gives sessions their turns to send, in slices short enough that commits and new messages are not kept waiting. */
export class PumpQueue {
  readonly #clock: Clock;
  readonly #sliceMs: number;
  readonly #ready = new Set<Pumped>();
  /** Those for whom there is nothing to do before more is durable. */
  readonly #later = new Set<Pumped>();
  #isScheduled = false;

  constructor(clock: Clock, sliceMs: number) {
    this.#clock = clock;
    this.#sliceMs = sliceMs;
  }

  /** Pumps soon. */
  add(one: Pumped): void {
    this.#ready.add(one);
    this.#schedule();
  }

  /** Pumps within the next `run`. */
  addSilently(one: Pumped): void {
    this.#ready.add(one);
  }

  /** Pumps once more commits are durable. */
  addLater(one: Pumped): void {
    this.#later.add(one);
  }

  remove(one: Pumped): void {
    this.#ready.delete(one);
    this.#later.delete(one);
  }

  /** More commits are durable. */
  wake(): void {
    for (const one of this.#later) this.#ready.add(one);
    this.#later.clear();
    this.run();
  }

  run(): void {
    const startMs = this.#clock.monotonicMs();
    for (const one of this.#ready) {
      this.#ready.delete(one);
      one.pump();
      if (this.#clock.monotonicMs() - startMs >= this.#sliceMs) break;
    }
    if (this.#ready.size > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.soon(() => {
      this.#isScheduled = false;
      this.run();
    });
  }
}
