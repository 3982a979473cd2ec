import type { FunctionProcess, CallAnswer, PendingCall, ProcessEnd, ProcessOwner } from "./function-process.ts";
import { failedStartPauseMs, failedStartsMax } from "./limits.ts";
import type { PoolLimits } from "./limits.ts";
import type { ReadyMessage } from "./messages.ts";
import { exceeded, loadFailed, overtaken } from "./outcomes.ts";
import type { Clock, Logger } from "../base/index.ts";

export interface GroupOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: PoolLimits;
  /** Processes that take calls. Once one has ended, a spare is kept warm beside them. */
  readonly workers: number;
  readonly spawn: (owner: ProcessOwner) => FunctionProcess;
  /** A call is without a process again, perhaps because it ended its own: it runs anew, alone. */
  readonly onSuspect: (pending: PendingCall) => void;
  /** A process can take calls. */
  readonly onFree: () => void;
  /** There are more or fewer processes than before. */
  readonly onCount: () => void;
  /** Processes do not start any more: what waits cannot be served for now. */
  readonly onFailing: (cause: string) => void;
  /** A process ended without having been told to. */
  readonly onLost: (end: ProcessEnd) => void;
  /** The last process has ended, after `drain` or `close`. */
  readonly onClosed: () => void;
}

/** What a process is for. `solo`: runs one suspect. `ending`: has been told to end. */
export type Role = "worker" | "spare" | "solo" | "ending";

/** A call that one group hands over to another. */
export interface HandedCall {
  readonly pending: PendingCall;
  readonly isSuspect: boolean;
}

/** The processes of one bundle: their roles, their replacement when they end, and their end. */
export class ProcessGroup {
  readonly #options: GroupOptions;
  readonly #roles = new Map<FunctionProcess, Role>();
  #state: "starting" | "open" | "draining" | "closed" = "starting";
  #started: { resolve(message: ReadyMessage): void; reject(error: unknown): void } | undefined;
  #failedStarts = 0;
  /** A call has been without its process, or a process has ended: that may happen again. */
  #keepsSpare = false;
  #cancelPause: (() => void) | undefined;

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  /** Starts the processes; resolves with what the bundle contains once the first has loaded it. */
  start(): Promise<ReadyMessage> {
    return new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
      this.#fill();
    });
  }

  processes(): Iterable<FunctionProcess> {
    return this.#roles.keys();
  }

  /** What each process is for at this moment. */
  roles(): Iterable<readonly [process: FunctionProcess, role: Role]> {
    return this.#roles;
  }

  /** Gives a call to the worker with the fewest; false when none has room. */
  take(pending: PendingCall): boolean {
    let best: FunctionProcess | undefined;
    for (const [process, role] of this.#roles) {
      if (role !== "worker" || !process.isReady) continue;
      if (best === undefined || process.pendingCount < best.pendingCount) best = process;
    }
    if (best === undefined || best.pendingCount >= this.#options.limits.callsPerProcessMax) return false;
    best.call(pending);
    return true;
  }

  /** Runs a suspect alone in a spare process; false when none is free. */
  takeAlone(pending: PendingCall): boolean {
    if (this.#count("solo") >= this.#options.limits.suspectsMax) return false;
    for (const [process, role] of this.#roles) {
      if (role !== "spare" || !process.isReady) continue;
      process.call(pending);
      this.#roles.set(process, "solo");
      this.#fill();
      return true;
    }
    // The call may come from the bundle before this one, or have left its process alive.
    if (!this.#keepsSpare) {
      this.#keepsSpare = true;
      this.#fill();
    }
    return false;
  }

  /** Lets the calls under way finish, then ends. */
  drain(): void {
    this.#stop("draining");
    for (const process of this.#roles.keys()) if (process.pendingCount === 0) this.#end(process);
  }

  /** Ends now; calls under way are returned, to be run by others as if they had not been begun. */
  handOver(): readonly HandedCall[] {
    this.#state = "closed";
    this.#cancelPause?.();
    const handed: HandedCall[] = [];
    for (const [process, role] of [...this.#roles]) {
      this.#roles.set(process, "ending");
      for (const pending of process.handOver()) handed.push({ pending, isSuspect: role === "solo" });
    }
    if (this.#roles.size === 0) this.#options.onClosed();
    return handed;
  }

  /** Ends now; calls under way come back as suspects. */
  close(): void {
    this.#stop("closed");
    for (const process of this.#roles.keys()) this.#end(process);
  }

  #stop(state: "draining" | "closed"): void {
    this.#state = state;
    this.#cancelPause?.();
    if (this.#roles.size === 0) this.#options.onClosed();
  }

  #end(process: FunctionProcess): void {
    this.#roles.set(process, "ending");
    process.end("ended", "it is not needed any more");
  }

  #count(wanted: Role): number {
    let count = 0;
    for (const role of this.#roles.values()) if (role === wanted) count++;
    return count;
  }

  /** Brings the processes to what they should be: enough workers, a warm spare where one was lost, no crowd of spares. */
  #fill(): void {
    if (this.#state !== "starting" && this.#state !== "open") return;
    const { limits } = this.#options;
    // Until the bundle has proved to be loadable, and somebody can be served, one is enough: two would delay each other.
    const workers = this.#state === "starting" ? 1 : this.#options.workers;
    while (this.#count("worker") < workers) {
      if (!this.#promoteSpare()) this.#spawn("worker");
    }
    // Functions that have never ended a process are not worth the memory of a spare one.
    if (this.#keepsSpare && this.#state === "open" && this.#count("spare") === 0) this.#spawn("spare");
    for (const [process, role] of this.#roles) {
      if (role === "spare" && this.#count("spare") > limits.suspectsMax) this.#end(process);
    }
  }

  #promoteSpare(): boolean {
    const spares = [...this.#roles].filter(([, role]) => role === "spare").map(([process]) => process);
    const best = spares.find((process) => process.isReady) ?? spares[0];
    if (best !== undefined) this.#roles.set(best, "worker");
    return best !== undefined;
  }

  #spawn(role: Role): void {
    const process = this.#options.spawn({
      onReady: (message) => this.#onReady(message),
      onAnswer: (pending, answer) => this.#onAnswer(process, pending, answer),
      onEnd: (end) => this.#onEnd(process, end),
    });
    this.#roles.set(process, role);
    this.#options.onCount();
  }

  #onReady(message: ReadyMessage): void {
    this.#failedStarts = 0;
    if (this.#state === "starting") this.#state = "open";
    this.#started?.resolve(message);
    this.#fill();
    this.#options.onFree();
  }

  #onAnswer(process: FunctionProcess, pending: PendingCall, answer: CallAnswer): void {
    const isAlone = this.#roles.get(process) === "solo";
    const { onSuspect, onFree, limits } = this.#options;
    if (answer.kind === "done") pending.resolve(answer.outcome);
    else if (answer.kind === "overtaken") pending.reject(overtaken(pending.call.name));
    else if (isAlone) pending.resolve(exceeded(pending.call.name, "time", limits));
    else onSuspect(pending);
    // What outlived a suspect is as good as new.
    if (isAlone) this.#roles.set(process, "spare");
    if (this.#state === "draining" && process.pendingCount === 0) this.#end(process);
    this.#fill();
    onFree();
  }

  #onEnd(process: FunctionProcess, end: ProcessEnd): void {
    const role = this.#roles.get(process);
    this.#roles.delete(process);
    this.#options.onCount();
    const { log, limits, onSuspect, onFree, onClosed } = this.#options;
    if (role !== "ending") {
      log.warn("A function process ended.", { reason: end.reason, text: end.text, calls: end.pending.length });
      this.#options.onLost(end);
    }
    if (this.#state === "starting") {
      this.#started?.reject(loadFailed(end.text));
      this.close();
    } else if (this.#state === "open") this.#replace(end);
    else if (this.#roles.size === 0) onClosed();
    // Only now: a warm spare is for those who had no part in this, suspects take the next one.
    for (const pending of end.pending) {
      if (role === "solo") pending.resolve(exceeded(pending.call.name, end.reason, limits));
      else onSuspect(pending);
    }
    if (this.#state === "open") onFree();
  }

  #replace(end: ProcessEnd): void {
    this.#keepsSpare = true;
    if (!end.wasReady) this.#failedStarts++;
    if (this.#failedStarts < failedStartsMax) return this.#fill();
    this.#options.onFailing(end.text);
    this.#cancelPause ??= this.#options.clock.after(failedStartPauseMs, () => {
      this.#cancelPause = undefined;
      this.#fill();
    });
  }
}
