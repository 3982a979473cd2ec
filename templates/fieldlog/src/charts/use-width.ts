import { useLayoutEffect, useRef, useState, type RefObject } from "react";

/** The width of an element in pixels, measured before the first paint and whenever it changes; 0 until then. */
export function useWidth<Measured extends Element>(): [RefObject<Measured | null>, number] {
  const ref = useRef<Measured>(null);
  const [widthPx, setWidthPx] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const measure = () => setWidthPx(Math.floor(element.getBoundingClientRect().width));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, widthPx];
}
