import type { Histogram } from "../base/index.ts";
import type { LogFigures } from "../log/index.ts";

/** What was committed: documents (perhaps with records), records alone, or something of the engine's own. */
export type CommitKind = "documents" | "records" | "book" | "epoch" | "schema";

/** How often transactions have met since the engine was opened. */
export interface ContentionFigures {
  /** Transactions that stood in line. */
  readonly reservations: number;
  /** Commits that had to wait because they wrote into what others had reserved. */
  readonly waits: number;
  /** Turns that passed without a commit. */
  readonly expired: number;
  /** Transactions that were told `contention` because of too many such turns, or because they waited too long. */
  readonly givenUp: number;
  /** Transactions that stand in line now. */
  readonly reserved: number;
}

/** What an engine has counted since it was opened, and how much waits in it. */
export interface EngineFigures {
  readonly commits: Readonly<Record<CommitKind, number>>;
  /** Transactions whose read set a later commit had written, and those that their guard stopped. */
  readonly conflicts: { readonly reads: number; readonly guard: number };
  readonly contention: ContentionFigures;
  readonly log: LogFigures;
  /** Time in which the store applied each batch. */
  readonly applySeconds: Histogram;
  /** Documents read from snapshots, which is what devices are sent from. */
  readonly snapshotReads: number;
  /** Bytes that are committed and not in the store yet. */
  readonly pendingBytes: number;
}
