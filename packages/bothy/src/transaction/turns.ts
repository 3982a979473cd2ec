import { assert } from "../errors/index.ts";

/**
 * A piece of work that says what it lacks whenever it cannot go on, and goes on once it is told that this was brought.
 */
export type Steps<Lack, Result> = Generator<Lack, Result, void>;

/** Lets the operations of one transaction take effect and settle in the order in which they were called (TX2). */
export interface Turns<Lack> {
  /** Resolves once no operation waits. What becomes of those that fail is for their callers. */
  rest(): Promise<void>;
  /**
   * Runs an operation when its turn has come. When it has to wait it is asked what it will read, so that this is brought
   * meanwhile.
   */
  run<Result>(operation: () => Steps<Lack, Result>, foresee?: () => Lack): Promise<Result>;
  /** Runs an operation that lacks nothing when its turn has come. */
  perform<Result>(operation: () => Result): Promise<Result>;
}

/** Runs an operation at once; its promise is already settled. */
export function settle<Result>(operation: () => Result | Promise<Result>): Promise<Result> {
  try {
    return Promise.resolve(operation());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Where nothing can be brought, nothing waits. */
export const immediateTurns: Turns<never> = {
  rest: async () => {},
  run: (operation) =>
    settle(() => {
      const step = operation().next();
      assert(step.done === true, "what can't be brought isn't asked for");
      return step.value;
    }),
  perform: settle,
};
