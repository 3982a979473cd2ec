// Day, night, or as the machine has it. Kept on this device; public/theme.js sets it before the first paint.

import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const storageKey = "fieldlog-theme";

const listeners = new Set<() => void>();

/** The theme chosen on this device. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, readTheme);
}

/** Chooses the theme of this tab now, and of this device from the next start on. */
export function setTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    if (theme === "system") localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, theme);
  } catch {
    // A browser that keeps nothing has the theme for as long as the tab is open.
  }
  for (const listener of listeners) listener();
}

function readTheme(): Theme {
  const theme = document.documentElement.dataset["theme"];
  return theme === "light" || theme === "dark" ? theme : "system";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
