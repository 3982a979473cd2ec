import { assert } from "../errors/index.ts";

/**
 * A piece of work that says what it lacks whenever it cannot go on, and goes on once it is told that this was brought.
 */
export type Steps<Lack, Result> = Generator<Lack, Result, void>;

/**
 * Lets the operations of one transaction take effect and settle in the order in which they were called (TX2). As long as
 * nothing is lacking each runs at once and its promise is already resolved; once one waits, those after it wait behind it.
 */
export class Turns<Lack> {
  readonly #bring: (lack: Lack) => Promise<void>;
  /** Settles when the last operation that waits has; undefined while none does. */
  #last: Promise<void> | undefined;

  constructor(bring: (lack: Lack) => Promise<void>) {
    this.#bring = bring;
  }

  /** Tells whether an operation called now would have to wait for its turn. */
  get isWaiting(): boolean {
    return this.#last !== undefined;
  }

  /** Resolves once no operation waits. What becomes of those that fail is for their callers. */
  async rest(): Promise<void> {
    while (this.#last !== undefined) await this.#last;
  }

  /**
   * Runs an operation when its turn has come. What it is going to lack can be named when it has to wait: then this is
   * brought meanwhile.
   */
  run<Result>(operation: () => Steps<Lack, Result>, foreseen?: Lack): Promise<Result> {
    if (this.#last !== undefined) {
      // If it cannot be brought, the operation will ask for it again and be told so.
      const brought = foreseen === undefined ? undefined : this.#bring(foreseen).catch(() => {});
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

  /** Runs an operation that lacks nothing when its turn has come. */
  perform<Result>(operation: () => Result): Promise<Result> {
    if (this.#last !== undefined) return this.#wait(this.#last.then(operation));
    try {
      return Promise.resolve(operation());
    } catch (error) {
      return Promise.reject(error);
    }
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
