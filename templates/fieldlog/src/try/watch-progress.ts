// Keeps the ticks of “Try it” over reloads, and follows the client for them wherever in the app a person is.

import type { BothyClient } from "bothy/client";
import { useSyncExternalStore } from "react";
import { advance, parseProgress, type Progress, type Sight } from "./progress.ts";

const storageKey = "fieldlog-try";

let progress = read();
let windowCount = 1;
let conflictCount = 0;
let look = (): void => undefined;
const listeners = new Set<() => void>();

/** Follows a client for as long as the page lives. */
export function watchProgress(client: BothyClient): void {
  let wasOnline = false;
  look = () => {
    const { state } = client.status.value;
    wasOnline ||= state === "online";
    const sight: Sight = {
      nowMs: Date.now(),
      state,
      waitingMs: client.outbox.value.map(({ timeMs }) => timeMs),
      loadedMs: performance.timeOrigin,
      wasOnline,
      windowCount,
      conflictCount,
    };
    keep(advance(progress, sight));
  };
  client.status.subscribe(() => look());
  client.outbox.subscribe(() => look());
  // Another window writes there too: ticks of one are ticks of all.
  addEventListener("storage", ({ key }) => {
    if (key === storageKey) show(read());
  });
}

/** What only a component sees: other windows, and conflicts among the reports that are held. */
export function noteSight(seen: { readonly windowCount?: number | undefined; readonly conflictCount?: number }): void {
  windowCount = seen.windowCount ?? windowCount;
  conflictCount = seen.conflictCount ?? conflictCount;
  look();
}

/** From now on what happens is ticked. */
export function startProgress(): void {
  if (progress.started === undefined) restartProgress();
}

/** Forgets all ticks. */
export function restartProgress(): void {
  keep({ started: Date.now() });
}

/** Nothing is ticked until the page is opened again. */
export function forgetProgress(): void {
  if (progress.started !== undefined) keep({});
}

export function useProgress(): Progress {
  return useSyncExternalStore(subscribe, () => progress);
}

function keep(next: Progress): void {
  if (next === progress) return;
  try {
    localStorage.setItem(storageKey, JSON.stringify(next));
  } catch {
    // A browser without storage keeps the ticks for as long as the page lives.
  }
  show(next);
}

function show(next: Progress): void {
  progress = next;
  for (const listener of listeners) listener();
}

function read(): Progress {
  try {
    return parseProgress(localStorage.getItem(storageKey));
  } catch {
    return {};
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
