// How many windows of this browser have the app open: each holds a lock that all may share, and the browser drops it with the window.

import { useEffect, useState } from "react";

const lockName = "fieldlog-window";

const lookEveryMs = 1000;

/** Counts this window among those that are open, for as long as it lives. */
export function holdPlace(): void {
  // Where there are no locks (plain http to another machine) windows know nothing of each other.
  navigator.locks?.request(lockName, { mode: "shared" }, () => new Promise(() => undefined)).catch(() => undefined);
}

/** The number of windows, while a component asks; undefined where the browser does not tell. */
export function useWindowCount(): number | undefined {
  const [count, setCount] = useState<number>();
  useEffect(() => {
    const look = () => void countWindows().then(setCount);
    look();
    const timer = setInterval(look, lookEveryMs);
    return () => clearInterval(timer);
  }, []);
  return count;
}

async function countWindows(): Promise<number | undefined> {
  try {
    const { held = [] } = await navigator.locks.query();
    return held.filter(({ name }) => name === lockName).length;
  } catch {
    return undefined;
  }
}
