import { assert, unreachable } from "bothy/internal";
import type { Version } from "bothy/internal";
import type { ChildProcess, World } from "../base/index.ts";
import { readPart } from "../engine/index.ts";
import type { Commit, Engine } from "../engine/index.ts";
import type { CallOutcome, FunctionCall } from "./function-pool.ts";
import type { PoolLimits } from "./limits.ts";
import { heldCommitsLengthMax, slowCallMs } from "./limits.ts";
import { lineOf } from "./messages.ts";
import type { DoneMessage, EndReason, FromProcess, ReadMessage, ReadyMessage, ToProcess } from "./messages.ts";
import { refusalOfSize } from "./outcomes.ts";
import type { CallEnd, PoolFigures } from "./pool-figures.ts";
import { RangeSpecs } from "./range-specs.ts";

/** A call on its way through the pool. */
export interface PendingCall {
  readonly id: number;
  readonly call: FunctionCall;
  readonly queuedMs: number;
  readonly resolve: (outcome: CallOutcome) => void;
  readonly reject: (error: unknown) => void;
  /** Told when it is without its process. */
  readonly onLost: (() => void) | undefined;
  /** Begun before the calls that wait and are not. */
  readonly isFirst: boolean;
}

/** What a process tells its owner. */
export interface ProcessOwner {
  onReady(message: ReadyMessage): void;
  /** The call has an outcome, was overtaken too often, or did not come to an end. */
  onAnswer(pending: PendingCall, answer: CallAnswer): void;
  /** Called once, with the calls that were under way. */
  onEnd(end: ProcessEnd): void;
}

export type CallAnswer =
  | { readonly kind: "done"; readonly outcome: CallOutcome }
  | { readonly kind: "late" | "overtaken" };

/** How a process ended. */
export interface ProcessEnd {
  readonly reason: EndReason;
  /** For the log and for `build_failed`. */
  readonly text: string;
  readonly wasReady: boolean;
  readonly pending: readonly PendingCall[];
}

export interface ProcessParts {
  readonly world: World;
  readonly limits: PoolLimits;
  /** Waits for a bundle. */
  readonly child: ChildProcess;
  /** Absent when the bundle is only to be described. */
  readonly engine?: Engine;
  readonly bundlePath: string;
  /** Absent when the bundle is only to be described. */
  readonly figures?: PoolFigures;
}

interface RunningCall {
  readonly pending: PendingCall;
  readonly startedMs: number;
}

/** One warm child process with the app's functions: calls and commits in, outcomes out, on one ordered pipe. */
export class FunctionProcess {
  readonly #parts: ProcessParts;
  readonly #owner: ProcessOwner;
  readonly #child: ChildProcess;
  readonly #runningById = new Map<number, RunningCall>();
  /** Tables of which the process may hold rows: it needs their commits and no others. */
  readonly #heldTables = new Set<string>();
  #state: "starting" | "ready" | "ended" = "starting";
  #lastHeardMs: number;
  /** Commits that the process has to know before it is told anything else. */
  #heldCommits: string[] = [];
  #heldLength = 0;
  #hotBytes = 0;
  #hotBudgetBytes = 0;
  /** Memory that was once used for hot rows does not always go back to the system. */
  #hotBudgetBytesMax = 0;
  #endReason: EndReason | undefined;
  #endText = "";
  #isHandedOver = false;

  constructor(parts: ProcessParts, owner: ProcessOwner) {
    this.#parts = parts;
    this.#owner = owner;
    const { world, limits, child, bundlePath } = parts;
    this.#lastHeardMs = world.clock.monotonicMs();
    this.#child = child;
    this.#child.onLine((line) => this.#onLine(line));
    this.#child.onOutput((line, stream) => world.log.debug("A function process printed.", { line, stream }));
    this.#child.onExit((how) => this.#onExit(how.code, how.signal));
    this.#send({ type: "start", bundlePath, callMs: limits.callMs });
  }

  get isReady(): boolean {
    return this.#state === "ready" && this.#endReason === undefined;
  }

  get pendingCount(): number {
    return this.#runningById.size;
  }

  get residentBytes(): number {
    return this.#child.residentBytes() ?? 0;
  }

  /** Hot rows, as the process estimated them when it last told. */
  get hotBytes(): number {
    return this.#hotBytes;
  }

  /** Says how many bytes of hot rows the process may hold from now on. */
  setHotBudget(budgetBytes: number): void {
    if (this.#state === "ended" || budgetBytes === this.#hotBudgetBytes) return;
    this.#hotBudgetBytes = budgetBytes;
    this.#hotBudgetBytesMax = Math.max(this.#hotBudgetBytesMax, budgetBytes);
    this.#send({ type: "hot", budgetBytes });
  }

  call(pending: PendingCall): void {
    assert(this.isReady, "calls go to processes that are ready");
    const startedMs = this.#parts.world.clock.monotonicMs();
    // An idle process is silent; its time begins with its first call.
    if (this.#runningById.size === 0) this.#lastHeardMs = startedMs;
    // Made first: what cannot be written as text is refused, and nothing waits for it.
    const line = lineOf({ type: "call", id: pending.id, version: this.#version(), call: pending.call });
    const refused = refusalOfSize(pending.call, line.length);
    if (refused !== undefined) return pending.resolve(refused);
    this.#sendHeld();
    this.#runningById.set(pending.id, { pending, startedMs });
    this.#parts.figures?.waitSeconds.observe((startedMs - pending.queuedMs) / 1_000);
    this.#child.send(line);
  }

  /**
   * Passes a commit on if it writes into a table of which the process holds something; `line` is made once for all. It
   * leaves with what the process is told next: only a call or an answer makes use of it, and waking the process is dear.
   */
  follow(commit: Commit, line: () => string): void {
    if (this.#state === "ended" || !commit.writes.some((write) => this.#heldTables.has(write.table))) return;
    const text = line();
    this.#heldCommits.push(text);
    this.#heldLength += text.length;
    if (this.#heldLength >= heldCommitsLengthMax) this.#sendHeld();
  }

  /** Ends the process if it has met a limit; called every `pollMs`. */
  watch(nowMs: number): void {
    if (this.#state === "ended") return;
    const { limits } = this.#parts;
    const silentMs = nowMs - this.#lastHeardMs;
    if (this.#state === "starting" && silentMs > limits.startMs)
      this.end("time", `not loaded after ${limits.startMs} ms`);
    if (this.#runningById.size > 0 && silentMs > limits.callMs) this.end("time", `silent for ${limits.callMs} ms`);
    const { residentBytes } = this;
    if (residentBytes > limits.residentBytes + this.#hotBudgetBytesMax)
      this.end("memory", `${residentBytes} bytes resident`);
    if (this.#child.bufferedBytes > limits.untakenBytes) this.end("time", "does not read its pipe");
  }

  /** Ends the process; what was under way is given back by `onEnd`. */
  end(reason: EndReason, text: string): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#endText = text;
    this.#child.kill();
  }

  /** Ends the process and gives back what is under way in it, to be run elsewhere: nothing that it still says counts. */
  handOver(): readonly PendingCall[] {
    this.#isHandedOver = true;
    const pending = Array.from(this.#runningById.values(), (running) => running.pending);
    this.#runningById.clear();
    this.end("ended", "its calls were handed over");
    return pending;
  }

  #version(): Version {
    return this.#parts.engine?.version ?? 0;
  }

  #send(message: ToProcess): void {
    this.#sendHeld();
    this.#child.send(lineOf(message));
  }

  #sendHeld(): void {
    if (this.#heldCommits.length === 0) return;
    for (const line of this.#heldCommits) this.#child.send(line);
    this.#heldCommits = [];
    this.#heldLength = 0;
  }

  #onLine(line: string): void {
    if (this.#state === "ended" || this.#isHandedOver) return;
    const message = parseLine(line);
    if (message === undefined) return this.end("ended", "wrote into its pipe");
    // A loop without an end can print in it, and keep all others of this process waiting.
    if (message.type !== "print") this.#lastHeardMs = this.#parts.world.clock.monotonicMs();
    switch (message.type) {
      case "ready":
        this.#state = "ready";
        return this.#owner.onReady(message);
      case "unready":
        return this.end("ended", message.cause);
      case "done":
        this.#count(message);
        return this.#answer(message.id, { kind: "done", outcome: outcomeOf(message) });
      case "late":
      case "overtaken":
        return this.#answer(message.id, { kind: message.type });
      case "read":
        return this.#read(message);
      case "print":
        return this.#parts.world.log[message.level](message.text, { function: message.name ?? "(loading)" });
      default:
        return unreachable(message);
    }
  }

  #answer(id: number, answer: CallAnswer): void {
    const running = this.#runningById.get(id);
    if (running === undefined) return this.end("ended", "answered a call that it was not given");
    this.#runningById.delete(id);
    this.#observe(running, answer.kind === "done" ? answer.outcome.kind : answer.kind);
    this.#owner.onAnswer(running.pending, answer);
  }

  #observe({ pending, startedMs }: RunningCall, end: CallEnd): void {
    const durationMs = this.#parts.world.clock.monotonicMs() - startedMs;
    this.#parts.figures?.callEnded(pending.call, end, durationMs);
    if (durationMs < slowCallMs) return;
    const { name, kind } = pending.call;
    this.#parts.world.log.info("A function was slow.", { function: name, kind, end, ms: Math.round(durationMs) });
  }

  #count({ outcome, hot }: DoneMessage): void {
    const { figures } = this.#parts;
    if (figures !== undefined && "reads" in outcome) figures.ranges.read += outcome.reads.length;
    if (hot === undefined) return;
    this.#hotBytes = hot.heldBytes;
    if (figures !== undefined) figures.evictedBytes += hot.evictedBytes;
  }

  #read({ read, since, wanted }: ReadMessage): void {
    const { engine, figures } = this.#parts;
    assert(engine, "only called functions read");
    if (figures !== undefined) figures.ranges.asked++;
    this.#heldTables.add(wanted.range.table);
    const { part, rows } = readPart(engine, wanted);
    this.#send({
      type: "rows",
      read,
      version: engine.version,
      rows,
      part,
      isUnchanged: engine.isUnchangedSince(part, since),
    });
  }

  #onExit(code: number | null, signal: string | null): void {
    const wasReady = this.#state === "ready";
    this.#state = "ended";
    const pending: PendingCall[] = [];
    for (const running of this.#runningById.values()) {
      this.#observe(running, "lost");
      pending.push(running.pending);
    }
    this.#runningById.clear();
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    this.#owner.onEnd({
      reason: this.#endReason ?? (isOutOfMemory(code, signal) ? "memory" : "ended"),
      text: this.#endText === "" ? how : this.#endText,
      wasReady,
      pending,
    });
  }
}

// One for all processes: what one returned another may return again.
const specs = new RangeSpecs();

function outcomeOf({ outcome, ranges }: DoneMessage): CallOutcome {
  if (outcome.kind !== "returned" || ranges === undefined) return outcome;
  return { ...outcome, ranges: ranges.map((json) => specs.of(json)) };
}

/** The child is our own code; only a function that got hold of the pipe can write anything else. */
function parseLine(line: string): FromProcess | undefined {
  try {
    return JSON.parse(line) as FromProcess;
  } catch {
    // No message of ours; the process is ended for it.
    return undefined;
  }
}

/** V8 aborts when the heap is full: a signal, or its exit code where a shell stands between. */
function isOutOfMemory(code: number | null, signal: string | null): boolean {
  return signal === "SIGABRT" || signal === "SIGTRAP" || signal === "SIGKILL" || code === 134;
}
