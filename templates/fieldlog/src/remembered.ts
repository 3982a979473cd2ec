// Settings of this browser, kept in its local storage: how someone likes the app to stand, not what they record.

import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
/** What was chosen where the browser keeps nothing: then it lasts as long as the page. */
const chosen = new Map<string, string>();

/** Reads and changes a setting of this browser. */
export function useRemembered(key: string, start: string): readonly [value: string, set: (value: string) => void] {
  const value = useSyncExternalStore(subscribe, () => readRemembered(key) ?? start);
  return [value, (next) => remember(key, next)];
}

/** A setting as it was chosen last. */
export function readRemembered(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? chosen.get(key);
  } catch {
    // Storage may be forbidden.
    return chosen.get(key);
  }
}

function remember(key: string, value: string): void {
  chosen.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // Full or forbidden: it lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
}
