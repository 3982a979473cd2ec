/** Lets a limited number of tasks run at one time; the others wait in order. A task that waits already is not added again. */
export class RunQueue<T extends object> {
  readonly #max: number;
  readonly #run: (task: T) => Promise<void>;
  readonly #waiting = new Set<T>();
  #running = 0;

  constructor(max: number, run: (task: T) => Promise<void>) {
    this.#max = max;
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
      if (this.#running >= this.#max) return;
      this.#waiting.delete(task);
      this.#running++;
      // The task says itself what becomes of its failures.
      void this.#run(task).finally(() => {
        this.#running--;
        this.#fill();
      });
    }
  }
}
