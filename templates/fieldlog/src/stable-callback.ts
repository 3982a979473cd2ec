import { useCallback, useLayoutEffect, useRef } from "react";

/** The same function in every render, which does what the last render would: for what is drawn only when its props change. */
export function useStableCallback<Args extends readonly unknown[]>(
  act: (...args: Args) => void,
): (...args: Args) => void {
  const latest = useRef(act);
  useLayoutEffect(() => {
    latest.current = act;
  });
  return useCallback((...args: Args) => latest.current(...args), []);
}
