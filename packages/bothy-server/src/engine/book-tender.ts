import type { Clock } from "../base/index.ts";
import { isMarkDue, planHorizon, type BookLimits, type BookMark } from "./book-horizon.ts";
import { readLeft } from "./book-notes.ts";
import { booksEnd, countUpTo, sweepEntries, type StepContext } from "./book-steps.ts";
import type { EngineState } from "./engine-state.ts";
import { shapeOf, type BookStep } from "./log-entry.ts";

/** What the tender works with. */
export interface TenderParts {
  readonly clock: Clock;
  readonly state: EngineState;
  readonly limits: BookLimits;
  /** Commits a record that takes a step. */
  readonly append: (step: BookStep) => void;
}

// Time is compared at each commit, the number of entries only now and then: it stands in the store.
const commitsBetweenLooks = 256;

/**
 * Does in the background what books need: counts the rows that were there before they began, sets marks of time, and
 * forgets what lies before the horizon. Each step is a record of the log and takes about a millisecond.
 */
export class BookTender {
  readonly #parts: TenderParts;
  #commitsSinceLook = 0;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(parts: TenderParts) {
    this.#parts = parts;
  }

  /** To be called after each record, and once at the beginning. */
  noticed(): void {
    const { books } = this.#parts.state;
    if (this.#cancel !== undefined || this.#isStopped || books.isEmpty) return;
    const isLookDue = ++this.#commitsSinceLook >= commitsBetweenLooks;
    if (isLookDue || books.hasWork || this.#isTimeForMark()) this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #isTimeForMark(): boolean {
    const { clock, state, limits } = this.#parts;
    const { horizon } = state.books;
    const { left } = horizon.marks.at(-1) ?? horizon;
    return isMarkDue(horizon, { version: state.version + 1, timeMs: clock.nowMs(), left }, limits);
  }

  #schedule(): void {
    this.#cancel = this.#parts.clock.after(this.#parts.limits.stepPauseMs, () => {
      this.#cancel = undefined;
      this.#commitsSinceLook = 0;
      if (this.#parts.state.layer.isOverloaded) return this.#schedule();
      const step = this.#planStep();
      // The record of the step brings it back here.
      if (step !== undefined) this.#parts.append(step);
    });
  }

  #planStep(): BookStep | undefined {
    const { state, limits, clock } = this.#parts;
    const { books } = state;
    const context: StepContext = { schema: state.schema, view: state.layer.view, books, version: state.version + 1 };
    const uncounted = books.placed.find(({ book }) => book.wholeAt === null);
    if (uncounted !== undefined) {
      return { kind: "count", book: shapeOf(uncounted.book), to: countUpTo(context, uncounted, limits.stepRows) };
    }
    const { horizon } = books;
    if (horizon.sweptTo !== null) {
      const { to } = sweepEntries(context, horizon.sweptTo, { looks: limits.stepRows });
      return { kind: "sweep", to: to === booksEnd ? null : to };
    }
    const now: BookMark = { version: context.version, timeMs: clock.nowMs(), left: readLeft(context.view) };
    return isMarkDue(horizon, now, limits)
      ? { kind: "mark", horizon: planHorizon(horizon, now, limits).version }
      : undefined;
  }
}
