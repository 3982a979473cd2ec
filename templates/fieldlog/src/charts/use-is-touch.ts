import { useSyncExternalStore } from "react";

const coarse = matchMedia("(pointer: coarse)");

/** Whether fingers point here: charts then give them more room. */
export function useIsTouch(): boolean {
  return useSyncExternalStore(subscribe, () => coarse.matches);
}

function subscribe(listener: () => void): () => void {
  coarse.addEventListener("change", listener);
  return () => coarse.removeEventListener("change", listener);
}
