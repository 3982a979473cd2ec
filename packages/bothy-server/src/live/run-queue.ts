import type { Clock } from "../base/index.ts";

/** How many tasks one may have. */
export interface RunBounds {
  /** At one time; the others wait in order. */
  readonly max: number;
  /** Begun before all else that waits for this process has its turn. */
  readonly perTurn: number;
}

/** Lets a limited number of tasks run at one time. A task that waits already is not added again. */
export class RunQueue<T extends object> {
  readonly #clock: Clock;
  readonly #bounds: RunBounds;
  readonly #run: (task: T) => Promise<void>;
  readonly #waiting = new Set<T>();
  #running = 0;
  /** Begun since others had their turn. */
  #begun = 0;

  constructor(clock: Clock, bounds: RunBounds, run: (task: T) => Promise<void>) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#run = run;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get runningCount(): number {
    return this.#running;
  }

  add(task: T): void {
    this.#waiting.add(task);
    this.#fill();
  }

  remove(task: T): void {
    this.#waiting.delete(task);
  }

  #fill(): void {
    for (const task of this.#waiting) {
      if (this.#running >= this.#bounds.max || this.#begun >= this.#bounds.perTurn) return;
      this.#waiting.delete(task);
      this.#running++;
      if (++this.#begun >= this.#bounds.perTurn) this.#clock.soon(() => this.#goOn());
      // The task says itself what becomes of its failures.
      void this.#run(task).finally(() => {
        this.#running--;
        this.#fill();
      });
    }
  }

  #goOn(): void {
    this.#begun = 0;
    this.#fill();
  }
}
