// Which steps of “Try it” have really happened. Pure: what was seen goes in, what is ticked comes out.

import type { ConnectionState } from "../standing.ts";

export const stepNames = ["cut", "write", "reload", "back", "second", "conflict"] as const;
export type StepName = (typeof stepNames)[number];

/** When each step was seen to happen, in milliseconds since 1970. */
export type Progress = Readonly<Partial<Record<StepName | "started", number>>>;

/** What the app sees of itself. */
export interface Sight {
  readonly nowMs: number;
  readonly state: ConnectionState;
  /** When the changes that wait were made. */
  readonly waitingMs: readonly number[];
  /** When this page was loaded, and whether it has been online since. */
  readonly loadedMs: number;
  readonly wasOnline: boolean;
  readonly windowCount: number;
  readonly conflictCount: number;
}

/** Ticks what has happened. Nothing counts before the page was opened for the first time, and nothing is unticked. */
export function advance(progress: Progress, sight: Sight): Progress {
  if (progress.started === undefined) return progress;
  const { nowMs, state, waitingMs, loadedMs, windowCount, conflictCount } = sight;
  const isAway = state === "offline" || state === "paused";
  const { cut = isAway ? nowMs : undefined } = progress;
  const { write = cut !== undefined && isAway && waitingMs.some((ms) => ms >= cut) ? nowMs : undefined } = progress;
  const wasReloaded = write !== undefined && loadedMs > write && isAway && !sight.wasOnline && waitingMs.length > 0;
  const isBack = write !== undefined && state === "online" && waitingMs.length === 0;
  const next: Record<StepName, number | undefined> = {
    cut,
    write,
    reload: progress.reload ?? (wasReloaded ? nowMs : undefined),
    back: progress.back ?? (isBack ? nowMs : undefined),
    second: progress.second ?? (windowCount > 1 ? nowMs : undefined),
    conflict: progress.conflict ?? (conflictCount > 0 ? nowMs : undefined),
  };
  const news = stepNames.filter((name) => next[name] !== undefined && progress[name] === undefined);
  if (news.length === 0) return progress;
  return { ...progress, ...Object.fromEntries(news.map((name) => [name, nowMs])) };
}

/** The first step that has not happened. */
export function nextStep(progress: Progress): StepName | undefined {
  return stepNames.find((name) => progress[name] === undefined);
}

/** Reads progress as it was stored; what is not understood did not happen. */
export function parseProgress(text: string | null): Progress {
  try {
    const stored: unknown = JSON.parse(text ?? "{}");
    if (typeof stored !== "object" || stored === null) return {};
    const times = Object.entries(stored).filter(([, ms]) => typeof ms === "number");
    return Object.fromEntries(times.filter(([name]) => name === "started" || stepNames.some((step) => step === name)));
  } catch {
    // Not written by this app.
    return {};
  }
}
