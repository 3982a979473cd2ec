import type { Chance } from "./chance.ts";
import { createTrace, type Trace } from "./event-hash.ts";
import { EventQueue } from "./event-queue.ts";
import { runMicrotasks } from "./microtasks.ts";

/** Whether a process, a page or a machine still runs: what belongs to a dead one is never called again. */
export interface Life {
  readonly name: string;
  isAlive: boolean;
  /** Of one that is frozen: what it has to do once it is thawed. */
  waiting?: (() => void)[] | undefined;
}

/** Times are whole ticks of a power of two, so that sums and differences of times are exact. */
const ticksPerMs = 1_024;

/** More events than any run needs: something goes on for ever. */
const eventsMax = 40_000;

/** The one clock, the one order of events and the one source of chance of a run. */
export class Universe {
  readonly chance: Chance;
  readonly trace: Trace;
  /** True once faults are over: delays become short and nothing is broken any more. */
  isHealed = false;
  readonly #queue = new EventQueue();
  #nowMs = 0;
  #eventCount = 0;

  constructor(chance: Chance, keepsLines: boolean) {
    this.chance = chance;
    this.trace = createTrace(keepsLines);
  }

  /** Virtual milliseconds since the run began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs a task later; the returned function cancels it. The label is part of what two runs must have in common. */
  after(delayMs: number, label: string, task: () => void): () => void {
    const ticks = delayMs <= 0 ? 0 : Math.max(1, Math.round(delayMs * ticksPerMs));
    const event = this.#queue.add(this.#nowMs + ticks / ticksPerMs, label, task);
    return () => void (event.isCancelled = true);
  }

  /** The same for somebody who may be dead by then, or frozen: then it happens when that one is thawed. */
  afterFor(life: Life, delayMs: number, task: () => void): () => void {
    let isCancelled = false;
    const cancel = this.after(delayMs, life.name, () => this.runFor(life, () => !isCancelled && task()));
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  /** Runs a task of somebody now; not at all if that one is dead, and later if it is frozen. */
  runFor(life: Life, task: () => void): void {
    if (!life.isAlive) return;
    if (life.waiting === undefined) task();
    else life.waiting.push(() => this.runFor(life, task));
  }

  /** Stops all that somebody does, as a browser does with a page in the background. */
  freeze(life: Life): void {
    life.waiting ??= [];
  }

  /** Lets somebody go on: what came meanwhile happens now, in its order. */
  thaw(life: Life): void {
    const waiting = life.waiting ?? [];
    life.waiting = undefined;
    for (const task of waiting) this.after(0, life.name, task);
  }

  /** Writes down what happens now. */
  note(what: string): void {
    this.trace.step(this.#nowMs, what);
  }

  /** Runs events in their order until a time has come or a condition holds; true if it holds. */
  run(untilMs: number, isDone: () => boolean = () => false): boolean {
    runMicrotasks();
    while (!isDone()) {
      const event = this.#queue.take(untilMs);
      if (event === undefined) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return isDone();
      }
      this.#nowMs = Math.max(this.#nowMs, event.atMs);
      this.trace.step(this.#nowMs, event.label);
      if (++this.#eventCount > eventsMax) throw new Error(`a run of ${eventsMax} events, the last one ${event.label}`);
      event.task();
      runMicrotasks();
    }
    return true;
  }
}
