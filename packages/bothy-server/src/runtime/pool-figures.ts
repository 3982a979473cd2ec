import { Histogram, otherName, secondsBounds } from "../base/index.ts";
import type { FunctionKind } from "bothy/internal";
import type { CallOutcome, FunctionCall } from "./function-pool.ts";
import type { EndReason } from "./messages.ts";

/**
 * How runs of a function ended. `overtaken`: by commits, too often. `late`: it did not come to an end in its time. `lost`:
 * its process ended under it. What was late or lost runs again, alone.
 */
export type CallEnd = CallOutcome["kind"] | "overtaken" | "late" | "lost";

/** The runs of one function since it was first called. */
export interface FunctionFigures {
  readonly name: string;
  readonly kind: FunctionKind;
  /** From the moment at which a process got the call to its answer. */
  readonly seconds: Histogram;
  readonly ends: Record<CallEnd, number>;
}

/** Fewer than elsewhere: each function has all of them. */
const runBounds: readonly number[] = [0.001, 0.0025, 0.01, 0.025, 0.1, 0.25, 1, 2.5, 10];

/** Functions that are told apart; calls of any more are counted under one name. */
const functionsMax = 500;

/** What a pool of function processes has counted since it was opened. Names of functions are those of the app's own code. */
export class PoolFigures {
  readonly #functionByName = new Map<string, FunctionFigures>();
  /** From a call's coming to its going to a process. */
  readonly waitSeconds: Histogram = new Histogram(secondsBounds);
  /** Processes that ended without having been told to, by the limit that they met. */
  readonly processEnds: Record<EndReason, number> = { time: 0, memory: 0, ended: 0 };
  /** Calls that ran again, alone, because their process had ended or they had not. */
  suspectCalls = 0;
  /** Calls that were not taken because too many waited. */
  overloadedCalls = 0;
  /** Ranges that ended calls had read, and reads that had to ask the store. */
  readonly ranges = { read: 0, asked: 0 };
  /** Bytes of hot rows that processes have dropped to stay within their budget. */
  evictedBytes = 0;

  functions(): Iterable<FunctionFigures> {
    return this.#functionByName.values();
  }

  callEnded({ name, kind }: Pick<FunctionCall, "name" | "kind">, end: CallEnd, durationMs: number): void {
    const figures = this.#of(name, kind);
    figures.seconds.observe(durationMs / 1_000);
    figures.ends[end]++;
  }

  #of(name: string, kind: FunctionKind): FunctionFigures {
    const known = this.#functionByName.get(name);
    if (known !== undefined) return known;
    if (this.#functionByName.size >= functionsMax && name !== otherName) return this.#of(otherName, kind);
    const ends = { returned: 0, threw: 0, refused: 0, exceeded: 0, overtaken: 0, late: 0, lost: 0 };
    const made = { name, kind, seconds: new Histogram(runBounds), ends };
    this.#functionByName.set(name, made);
    return made;
  }
}

/** The state of a pool at one moment. */
export interface PoolState {
  readonly waitingCalls: number;
  readonly runningCalls: number;
  readonly processes: readonly ProcessState[];
}

/** One function process at one moment. */
export interface ProcessState {
  readonly role: "worker" | "spare" | "solo" | "ending";
  readonly residentBytes: number;
  /** Hot rows, as the process estimated them when it last told. */
  readonly hotBytes: number;
}
