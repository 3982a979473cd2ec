import type { Version } from "bothy/internal";
import type { BookStep } from "./log-entry.ts";

/** How much of the past the books keep (EN24). */
export interface BookLimits {
  /** What a device missed while it was away for longer it gets as whole ranges. */
  readonly horizonMs: number;
  /** Rows that left a prefix of a book and are remembered, over all books. */
  readonly leftMax: number;
  /** Rows that one step counts, or places that it looks at for what may be forgotten. */
  readonly stepRows: number;
  /** Pause between two steps, in which everybody else has their turn. */
  readonly stepPauseMs: number;
}

export const defaultBookLimits: BookLimits = {
  horizonMs: 30 * 24 * 3_600_000,
  leftMax: 1_000_000,
  stepRows: 256,
  stepPauseMs: 4,
};

/** A version with the time at which it was, and how many rows had left any prefix until then. */
export interface BookMark {
  readonly version: Version;
  readonly timeMs: number;
  readonly left: number;
}

/** How far back the books reach, and the places at which that could begin. */
export interface BookHorizon extends BookMark {
  /** Ascending; all after the horizon. */
  readonly marks: readonly BookMark[];
  /** What may be forgotten is gone from all entries with lower keys; null: from all. */
  readonly sweptTo: string | null;
}

export const noHorizon: BookHorizon = { version: 0, timeMs: 0, left: 0, marks: [], sweptTo: null };

// So many marks lie within the limits: the books reach back by up to one part more than they must.
const marksWithin = 32;

/** True when a mark should be set: a part of the time, or of the entries, has passed since the last one. */
export function isMarkDue(horizon: BookHorizon, now: BookMark, limits: BookLimits): boolean {
  const last = horizon.marks.at(-1) ?? horizon;
  if (now.version <= last.version) return false;
  return (
    // A clock that was set back is noticed like one that went on.
    Math.abs(now.timeMs - last.timeMs) >= limits.horizonMs / marksWithin ||
    now.left - last.left >= limits.leftMax / marksWithin
  );
}

/** The place at which the horizon should be once there is a mark for now; the version is that mark's or an earlier one's. */
export function planHorizon(horizon: BookHorizon, now: BookMark, limits: BookLimits): BookMark {
  let planned: BookMark = horizon;
  for (const mark of [...horizon.marks, now]) {
    const isOld = mark.timeMs <= now.timeMs - limits.horizonMs;
    if (isOld || now.left - planned.left > limits.leftMax) planned = mark;
  }
  return planned;
}

/** The horizon after a record that takes a step. */
export function horizonAfter(before: BookHorizon, step: BookStep, now: BookMark): BookHorizon {
  if (step.kind === "sweep") return { ...before, sweptTo: step.to };
  if (step.kind === "count") return before;
  // Where the clock was set back, marks of a time that has not come yet would hold everything behind them.
  const marks = [...before.marks.filter(({ timeMs }) => timeMs <= now.timeMs), now];
  const reached = [...before.marks, now].find(({ version }) => version === step.horizon);
  if (reached === undefined) return { ...before, marks };
  return { ...reached, marks: marks.filter(({ version }) => version > reached.version), sweptTo: "" };
}
