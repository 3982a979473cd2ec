// Notices that were put away: until the browser's window is closed, not for ever.

import { useSyncExternalStore } from "react";

const storageKey = "fieldlog-dismissed";

let dismissed: ReadonlySet<string> = new Set(read().split(" "));
const listeners = new Set<() => void>();

export function dismiss(key: string): void {
  dismissed = new Set([...dismissed, key]);
  try {
    sessionStorage.setItem(storageKey, [...dismissed].join(" "));
  } catch {
    // A browser without storage says it again after a reload.
  }
  for (const listener of listeners) listener();
}

export function useDismissed(): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, () => dismissed);
}

function read(): string {
  try {
    return sessionStorage.getItem(storageKey) ?? "";
  } catch {
    return "";
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
