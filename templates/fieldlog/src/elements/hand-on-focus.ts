import { useLayoutEffect, type RefObject } from "react";

/**
 * When a part of the screen goes while it has the focus, the heading around it takes that: whoever has no pointer goes on
 * from there. A part that stays, because what was tried with it was refused, keeps it.
 */
export function useHandOnFocus(part: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = part.current;
    return () => {
      if (element === null || !element.contains(document.activeElement)) return;
      element.closest("article, .column")?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
    };
  }, [part]);
}
