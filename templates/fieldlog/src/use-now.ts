import { useEffect, useState } from "react";

/** The time, refreshed every so often: for ages that are shown. */
export function useNow(everyMs = 20_000): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}
