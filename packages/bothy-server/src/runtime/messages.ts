/** The lines between the server and a function process. Both ends are this very release, so nothing is versioned. */
import type { Json, KeyRange, Version } from "bothy/internal";
import type { DocumentWrite } from "../engine/index.ts";
import type { CallOutcome, FunctionCall, FunctionEntry } from "./function-pool.ts";

/** First line: what to load and which bounds to keep. */
export interface StartMessage {
  readonly type: "start";
  readonly bundlePath: string;
  readonly callMs: number;
}

/** How many bytes of hot rows the process may hold from now on; none before the first such line. */
export interface HotMessage {
  readonly type: "hot";
  readonly budgetBytes: number;
}

/** Writes into tables of which the process holds something; `version` is the process's own from now on. */
export interface CommitMessage {
  readonly type: "commit";
  readonly version: Version;
  readonly writes: readonly HotWrite[];
}

/** What a process has to know of a write. */
export type HotWrite = Pick<DocumentWrite, "table" | "id" | "text" | "after">;

/** A call, and the newest version: every commit up to it that matters to the process has been sent before. */
export interface CallMessage {
  readonly type: "call";
  readonly id: number;
  readonly version: Version;
  readonly call: FunctionCall;
}

/** The first rows of a range, in an order. */
export interface LimitedRange {
  readonly range: KeyRange;
  readonly order: "asc" | "desc";
  readonly limit: number;
}

/** The answer to a ReadMessage: rows as of `version`. */
export interface RowsMessage {
  readonly type: "rows";
  readonly read: number;
  readonly version: Version;
  readonly rows: readonly (readonly [id: string, version: Version, text: string])[];
  /** What the rows are the whole content of: the range asked for, or the part of it before the limit. */
  readonly part: KeyRange;
  /** True when nothing was written into it after the snapshot that the call runs at. */
  readonly isUnchanged: boolean;
}

export type ToProcess = StartMessage | HotMessage | CommitMessage | CallMessage | RowsMessage;

/** The functions are loaded. */
export interface ReadyMessage {
  readonly type: "ready";
  readonly functions: readonly FunctionEntry[];
  readonly schema: Json;
  readonly schemaHash: string;
  /** By table, what its author said of how it changed. */
  readonly lenses: { readonly [table: string]: Json };
}

/** The bundle could not be loaded. */
export interface UnreadyMessage {
  readonly type: "unready";
  readonly cause: string;
}

export interface DoneMessage {
  readonly type: "done";
  readonly id: number;
  readonly outcome: CallOutcome;
  /** What a scope returned, as it travels. */
  readonly ranges?: readonly Json[];
  /** How much the process holds, and has dropped since it last told; now and then. */
  readonly hot?: HotReport;
}

/** Bytes of hot rows, as estimated. */
export interface HotReport {
  readonly heldBytes: number;
  readonly evictedBytes: number;
}

/** A call that did not come to an end, though the process is alive (`late`), or that was overtaken too often. */
export interface UndoneMessage {
  readonly type: "late" | "overtaken";
  readonly id: number;
}

/** A read outside what the process holds, by a call that runs at `since`. */
export interface ReadMessage {
  readonly type: "read";
  readonly read: number;
  readonly since: Version;
  readonly wanted: LimitedRange;
}

/** What a function printed. */
export interface PrintMessage {
  readonly type: "print";
  readonly level: "debug" | "info" | "warn" | "error";
  /** Absent while the bundle is loaded. */
  readonly name?: string;
  readonly text: string;
}

export type FromProcess = ReadyMessage | UnreadyMessage | DoneMessage | UndoneMessage | ReadMessage | PrintMessage;

/** What a call's error says when it ended its process: which limit it met. */
export type EndReason = "time" | "memory" | "ended";

/** JSON text of one line. */
export function lineOf(message: ToProcess | FromProcess): string {
  return JSON.stringify(message);
}
