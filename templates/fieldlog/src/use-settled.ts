import { useEffect, useState } from "react";

/** A value once it has stood still for a while, so that what comes and goes is never shown; at once where the wait is 0. */
export function useSettled<Value>(value: Value, waitMs: number): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), waitMs);
    return () => clearTimeout(timer);
  }, [value, waitMs]);
  return waitMs === 0 ? value : settled;
}
