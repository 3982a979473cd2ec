import { useEffect, useState } from "react";
import { refusalText } from "../refusal-text.ts";

/** What is held shows within a frame or two of the start; only a real wait is worth a word. */
const patienceMs = 400;

/** Stands where nothing is held yet, and shows itself only after a moment, so that a quick answer never flashes. */
export function Loading({ what, error }: { readonly what: string; readonly error?: unknown }) {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  if (error !== undefined) {
    return (
      <p className="notice notice-bad" role="alert">
        {refusalText(error)}
      </p>
    );
  }
  if (!isLate) return null;
  return (
    <p className="loading" aria-busy="true">
      Fetching {what} …
    </p>
  );
}
