import { useEffect, useState } from "react";
import { Problem } from "./problem.tsx";

/** What is held shows within a frame or two of the start; only a real wait is worth a word. */
const patienceMs = 400;

interface LoadingProps {
  readonly what: string;
  readonly error?: unknown;
  readonly onRetry?: () => void;
}

/** Stands where nothing is held yet, and shows itself only after a moment, so that a quick answer never flashes. */
export function Loading({ what, error, onRetry }: LoadingProps) {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  if (error !== undefined) {
    return <Problem title={`Could not read ${what}`} error={error} onRetry={onRetry} />;
  }
  if (!isLate) return null;
  return (
    <p className="loading" aria-busy="true">
      Fetching {what} …
    </p>
  );
}
