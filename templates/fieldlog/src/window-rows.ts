import { useLayoutEffect, useState, type RefObject } from "react";
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
  // A typical screen until the element has been measured, before the first paint.
  const [seen, setSeen] = useState({ top: 0, count: 20 });
  useLayoutEffect(() => {
    const scroller = element.current;
    if (scroller === null) return undefined;
    const measure = () => {
      const top = Math.floor(scroller.scrollTop / rowHeightPx);
      const count = Math.ceil(scroller.clientHeight / rowHeightPx) + 1;
      setSeen((last) => (last.top === top && last.count === count ? last : { top, count }));
    };
    measure();
    // In the frame of the scrolling itself: React would draw the rows in the next one, after an empty one was seen.
    const follow = () => flushSync(measure);
    scroller.addEventListener("scroll", follow, { passive: true });
    const observer = new ResizeObserver(measure);
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
