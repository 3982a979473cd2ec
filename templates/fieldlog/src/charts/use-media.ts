import { useMemo, useSyncExternalStore } from "react";

/** Fingers point here: charts give them more room. */
export const isTouch = "(pointer: coarse)";

/** There is room for the reports beside the charts; `charts.css` says the same. */
export const isWide = "(min-width: 1200px)";

/** Whether a media query holds, now and when that changes. */
export function useMedia(query: string): boolean {
  const { subscribe, read } = useMemo(() => {
    const media = matchMedia(query);
    return {
      read: () => media.matches,
      subscribe: (listener: () => void) => {
        media.addEventListener("change", listener);
        return () => media.removeEventListener("change", listener);
      },
    };
  }, [query]);
  return useSyncExternalStore(subscribe, read);
}
