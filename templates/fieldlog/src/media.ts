import { useMemo, useSyncExternalStore } from "react";

/** Tells whether a media query holds, and follows it. */
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
