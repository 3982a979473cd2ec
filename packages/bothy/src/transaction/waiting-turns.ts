import { assert } from "../errors/index.ts";
import { settle, type Steps, type Turns } from "./turns.ts";

/**
 * Turns where something may have to be brought. As long as nothing is lacking each operation runs at once and its promise is
 * already resolved; once one waits, those after it wait behind it.
 */
export class WaitingTurns<Lack> implements Turns<Lack> {
  readonly #bring: (lack: Lack) => Promise<void>;
  /** Settles when the last operation that waits has; undefined while none does. */
  #last: Promise<void> | undefined;

  constructor(bring: (lack: Lack) => Promise<void>) {
    this.#bring = bring;
  }

  async rest(): Promise<void> {
    while (this.#last !== undefined) await this.#last;
  }

  run<Result>(operation: () => Steps<Lack, Result>, foresee?: () => Lack): Promise<Result> {
    if (this.#last !== undefined) {
      // If it cannot be brought, the operation will ask for it again and be told so.
      const brought = foresee && this.#bring(foresee()).catch(() => {});
      return this.#wait(this.#last.then(() => brought).then(() => this.#goOn(operation())));
    }
    try {
      const steps = operation();
      const step = steps.next();
      return step.done === true ? Promise.resolve(step.value) : this.#wait(this.#goOn(steps, step.value));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  perform<Result>(operation: () => Result): Promise<Result> {
    return this.#last === undefined ? settle(operation) : this.#wait(this.#last.then(operation));
  }

  #wait<Result>(result: Promise<Result>): Promise<Result> {
    const done = (): void => {
      if (this.#last === settled) this.#last = undefined;
    };
    // Whether it failed is told to the caller of that operation, and to nobody behind it.
    const settled: Promise<void> = result.then(done, done);
    this.#last = settled;
    return result;
  }

  async #goOn<Result>(steps: Steps<Lack, Result>, lack?: Lack): Promise<Result> {
    if (lack !== undefined) await this.#bring(lack);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      assert(step.value !== undefined, "an operation that waits says what it lacks");
      await this.#bring(step.value);
    }
  }
}
