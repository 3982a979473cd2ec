import { useState } from "react";

interface Answer<Value> {
  readonly value: Value | undefined;
  readonly status: string;
}

/** Keeps showing the last answer while one to other arguments is on its way, so that typing never empties a list. */
export function useSteady<Result extends Answer<unknown>>(result: Result): Result {
  const [last, setLast] = useState<unknown>(result.value);
  // An unchanged answer is the same object, so this settles at once.
  if (result.value !== undefined && result.value !== last) setLast(result.value);
  return result.value === undefined && result.status === "loading" ? { ...result, value: last } : result;
}
