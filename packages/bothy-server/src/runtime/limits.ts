/** Bounds of the function processes. Times are milliseconds, sizes bytes. */
export interface PoolLimits {
  /** Wall time of one call; a process that has shown no progress for so long while it has calls is ended. */
  readonly callMs: number;
  /** From the start of a process until its functions are loaded. */
  readonly startMs: number;
  /** JavaScript heap of one process, beside its share of hot rows. */
  readonly heapBytes: number;
  /** Resident memory of one process beside its share of hot rows, polled every `pollMs`. */
  readonly residentBytes: number;
  readonly pollMs: number;
  /** Calls that one process is given at a time. */
  readonly callsPerProcessMax: number;
  /** Calls that wait for a process; one more is refused as `overloaded`. */
  readonly waitingCallsMax: number;
  /** Suspects that run at a time, each alone in a process. */
  readonly suspectsMax: number;
  /** Hot rows of all processes together, as estimated from the length of their text. */
  readonly hotBytes: number;
  /** Sent to a process and not yet taken by it; beyond that the process counts as stuck. */
  readonly untakenBytes: number;
}

const mebibyte = 1_048_576;

/** The bounds that a deployment has unless it says otherwise. */
export const defaultPoolLimits: PoolLimits = {
  callMs: 5_000,
  startMs: 30_000,
  heapBytes: 256 * mebibyte,
  residentBytes: 512 * mebibyte,
  pollMs: 100,
  callsPerProcessMax: 32,
  waitingCallsMax: 4_096,
  suspectsMax: 2,
  hotBytes: 256 * mebibyte,
  untakenBytes: 64 * mebibyte,
};

/**
 * What one process may hold of the hot rows. Beside the workers there is room for one process more: a spare, or one that
 * runs a suspect. While there are still more processes, all shares are smaller.
 */
export function hotShareBytes(hotBytes: number, workers: number, processes: number = 0): number {
  return Math.floor(hotBytes / Math.max(workers + 1, processes));
}

/** Text of commits that wait until a process is told something else; more leaves by itself. */
export const heldCommitsLengthMax = 65_536;

/** How often a call is begun anew in its process because a commit wrote into what it was about to read. */
export const restartsMax = 50;

/** A call that takes longer is told in the log. */
export const slowCallMs = 1_000;

/** What one call may print: further text of it is cut. */
export const printedLinesMax = 256;
/** Longer lines are cut. */
export const printedLineLengthMax = 4_096;

/** Replacements that may end in a row before they are loaded; then waiting calls fail and a pause follows. */
export const failedStartsMax = 3;
/** Pause after so many failed starts. */
export const failedStartPauseMs = 1_000;

/** From a reload until a process is prepared for the next: what was reloaded runs first. */
export const preparePauseMs = 500;
