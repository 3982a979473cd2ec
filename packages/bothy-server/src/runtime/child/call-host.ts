import type { FunctionGlobals } from "../../base/index.ts";
import { restartsMax } from "../limits.ts";
import type { CallMessage, CommitMessage, FromProcess, LimitedRange, RowsMessage } from "../messages.ts";
import { createCallWorld } from "./call-world.ts";
import { createFunctionRun } from "./function-run.ts";
import type { Done, FunctionRun } from "./function-run.ts";
import type { HotRanges, HotSnapshot, RangeRows } from "./hot-ranges.ts";
import type { LoadedBundle } from "./load-bundle.ts";

export interface HostParts {
  readonly globals: FunctionGlobals;
  readonly send: (message: FromProcess) => void;
  readonly bundle: LoadedBundle;
  readonly hot: HotRanges;
  readonly callMs: number;
}

interface RunningCall {
  readonly message: CallMessage;
  readonly startedMs: number;
  /** The run that counts; those before it were overtaken and are left alone. */
  run: FunctionRun | undefined;
}

/** How often, within the time of one call, calls are looked through for one that does not end. */
const looksPerCallTime = 10;

/** The calls under way in this process, and the reads that they wait for. */
export class CallHost {
  readonly #parts: HostParts;
  readonly #callById = new Map<number, RunningCall>();
  readonly #readById = new Map<number, (rows: RangeRows | undefined) => void>();
  /** Ended in this turn of the event loop: what a function left behind may still turn its outcome into a failure. */
  #endedById = new Map<number, { readonly run: FunctionRun; readonly done: Done }>();
  #lastRead = 0;

  constructor(parts: HostParts) {
    this.#parts = parts;
    parts.globals.every(parts.callMs / looksPerCallTime, () => this.#giveUpLate());
  }

  setHotBudget(budgetBytes: number): void {
    this.#parts.hot.setBudget(budgetBytes);
  }

  applyCommit(message: CommitMessage): void {
    this.#parts.hot.applyCommit(message);
  }

  answerRead(message: RowsMessage): void {
    // Taken in now, not when the call goes on: the next line may be a commit that writes into these very rows.
    const rows = this.#parts.hot.addRead(message);
    const answer = this.#readById.get(message.read);
    this.#readById.delete(message.read);
    answer?.(message.isUnchanged ? rows : undefined);
  }

  call(message: CallMessage): void {
    const { globals, hot } = this.#parts;
    hot.advance(message.version);
    const call: RunningCall = { message, startedMs: globals.monotonicMs(), run: undefined };
    this.#callById.set(message.id, call);
    void this.#run(call, restartsMax);
  }

  async #run(call: RunningCall, restartsLeft: number): Promise<void> {
    const { globals, bundle, hot } = this.#parts;
    const { id, call: request } = call.message;
    const snapshot = hot.snapshot();
    const run = createFunctionRun({
      bundle,
      request,
      snapshot,
      read: (wanted) => this.#read(snapshot, wanted),
      onFault: (text) => this.#send({ type: "print", level: "error", name: request.name, text }),
      onOvertaken: () => {
        if (call.run !== run) return;
        if (restartsLeft > 0) void globals.outside(() => this.#run(call, restartsLeft - 1));
        else if (this.#callById.delete(id)) this.#send({ type: "overtaken", id });
      },
    });
    call.run = run;
    const world = createCallWorld(request, {
      onTimeRead: () => run.noteTimeRead(),
      random: run.random,
      print: (message) => this.#send(message),
      fail: (thrown) => this.#fail(call, run, thrown),
    });
    const done = await globals.run(world, () => run.start());
    if (call.run === run) this.#end(id, run, done);
  }

  /** The rows of a range as of the snapshot, or nothing if that cannot be told any more. */
  #read(snapshot: HotSnapshot, wanted: LimitedRange): Promise<RangeRows | undefined> {
    const { hot } = this.#parts;
    const older = hot.addOlder(snapshot, wanted);
    if (older !== undefined) return Promise.resolve(older);
    const read = ++this.#lastRead;
    this.#send({ type: "read", read, since: snapshot.version, wanted });
    return new Promise((resolve) => this.#readById.set(read, resolve));
  }

  #end(id: number, run: FunctionRun, done: Done): void {
    if (!this.#callById.delete(id)) return;
    const { globals } = this.#parts;
    if (this.#endedById.size === 0) globals.soon(() => this.#sendEnded());
    this.#endedById.set(id, { run, done });
  }

  #sendEnded(): void {
    let hot = this.#parts.hot.report();
    for (const [id, { done }] of this.#endedById) {
      this.#send({ type: "done", id, ...done, ...(hot === undefined ? {} : { hot }) });
      hot = undefined;
    }
    this.#endedById = new Map();
  }

  /** Something that a call left behind threw: the call fails with it, unless its outcome has left. */
  #fail(call: RunningCall, run: FunctionRun, thrown: unknown): void {
    const { id } = call.message;
    if (call.run !== run) return;
    if (this.#callById.has(id)) return this.#end(id, run, run.threw(thrown));
    if (this.#endedById.has(id)) return void this.#endedById.set(id, { run, done: run.threw(thrown) });
    const text = `After its outcome had left, the call failed: ${String(thrown)}`;
    this.#send({ type: "print", level: "error", name: call.message.call.name, text });
  }

  #giveUpLate(): void {
    const { globals, callMs } = this.#parts;
    const nowMs = globals.monotonicMs();
    for (const [id, call] of this.#callById) {
      if (nowMs - call.startedMs <= callMs) continue;
      this.#callById.delete(id);
      call.run = undefined;
      this.#send({ type: "late", id });
    }
  }

  #send(message: FromProcess): void {
    // The pipe uses timers, and inside a call there are none.
    const { globals, send } = this.#parts;
    globals.outside(() => send(message));
  }
}
