import { useEffect, useState, type RefObject } from "react";
import { flushSync } from "react-dom";

/** Rows kept ready beyond each edge, so that a fast finger and the Tab key find them. */
const marginRows = 8;

export interface RowWindow {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
  /** The row at the upper edge of what is seen. */
  readonly top: number;
}

/** Says which rows of equal height a scrolling element shows, so that a list of thousands renders some thirty. */
export function useRowWindow(element: RefObject<HTMLElement | null>, rowCount: number, rowHeightPx: number): RowWindow {
  // A typical screen until the element has been measured.
  const [seen, setSeen] = useState({ top: 0, count: 20 });
  useEffect(() => {
    const scroller = element.current;
    if (scroller === null) return undefined;
    const show = (change: { readonly top?: number; readonly count?: number }) =>
      setSeen((last) => {
        const next = { ...last, ...change };
        return next.top === last.top && next.count === last.count ? last : next;
      });
    // In the frame of the scrolling itself: React would draw the rows in the next one, after an empty one was seen.
    const follow = () => flushSync(() => show({ top: Math.floor(scroller.scrollTop / rowHeightPx) }));
    // The observer is told the height when the browser has it; to ask for it would make the browser lay out in between.
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) show({ count: Math.ceil(entry.contentRect.height / rowHeightPx) + 1 });
    });
    scroller.addEventListener("scroll", follow, { passive: true });
    observer.observe(scroller);
    return () => {
      scroller.removeEventListener("scroll", follow);
      observer.disconnect();
    };
  }, [element, rowHeightPx]);
  const top = Math.min(seen.top, Math.max(0, rowCount - 1));
  return {
    top,
    first: Math.max(0, top - marginRows),
    end: Math.min(rowCount, top + seen.count + marginRows),
  };
}
