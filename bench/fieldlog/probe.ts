// Runs in every page that is measured, before the page's own code, and is asked from outside as `window.probe`.

const rowSelector = "[data-testid=report-row]";

/** What a browser says of a load, in the words of its own tools. */
export interface LoadFigures {
  readonly firstPaintMs: number;
  readonly largestPaintMs: number;
  /** What long tasks took beyond 50 ms, summed from the first paint on. */
  readonly blockedMs: number;
  readonly layoutShift: number;
}

/** How long something took to be seen after an event. */
export interface Answered {
  /** When the event was, by the machine's clock. */
  readonly atMs: number;
  /** Until the first frame after the event. */
  readonly firstMs: number;
  /** Until the frame with the last of what it changed. */
  readonly allMs: number;
}

/** Frames of a scroll. */
export interface Scrolled {
  readonly frameMs: readonly number[];
  /** Frames that the browser itself counts as long: over 50 ms from begin to paint. */
  readonly longCount: number;
  /** Frames in which a part of the list had no row. */
  readonly blankCount: number;
  readonly movedPx: number;
}

const figures = { firstPaintMs: 0, largestPaintMs: 0, blockedMs: 0, layoutShift: 0 };

function observe(type: string, note: (entry: PerformanceEntry) => void): void {
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
}

observe("paint", ({ name, startTime }) => {
  if (name === "first-contentful-paint") figures.firstPaintMs = startTime;
});
observe("largest-contentful-paint", ({ startTime }) => (figures.largestPaintMs = startTime));
observe("longtask", ({ duration }) => (figures.blockedMs += duration - 50));
observe("layout-shift", (entry) => {
  if ("value" in entry && typeof entry.value === "number") figures.layoutShift += entry.value;
});

/** Resolves with the time at which the next frame has been handed to the screen. */
function nextPaint(): Promise<number> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(performance.now());
      port2.postMessage(null);
    });
  });
}

/** Resolves with the time of the frame in which something is there for the first time. */
function whenShown(find: () => unknown): Promise<number> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!find()) return;
      observer.disconnect();
      resolve(nextPaint());
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  });
}

/** So many frames without a change: an answer has ended. */
const quietFrames = 12;

/** Waits for an event of this type and for all that it changes; the answer counts from the event's own time. */
async function answerTo(type: string): Promise<Answered> {
  const began = await new Promise<number>((resolve) =>
    addEventListener(type, ({ timeStamp }) => resolve(timeStamp), { capture: true, once: true }),
  );
  let isChanged = true;
  const observer = new MutationObserver(() => (isChanged = true));
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  let first: number | undefined;
  let last = 0;
  for (let quiet = 0; quiet < quietFrames; quiet++) {
    const painted = await nextPaint();
    first ??= painted;
    if (!isChanged) continue;
    last = painted;
    isChanged = false;
    quiet = 0;
  }
  observer.disconnect();
  return { atMs: performance.timeOrigin + began, firstMs: (first ?? last) - began, allMs: last - began };
}

/** The element that moves the rows. */
function findScroller(): HTMLElement {
  let element = document.querySelector<HTMLElement>(`${rowSelector}, [data-scroller] > *`);
  while (element !== null) {
    const { overflowY } = getComputedStyle(element);
    if (/auto|scroll/.test(overflowY) && element.scrollHeight > element.clientHeight) return element;
    element = element.parentElement;
  }
  throw new Error("Nothing scrolls here.");
}

/** Whether rows cover all that is seen of a list. */
function isCovered(scroller: HTMLElement): boolean {
  const rows = [...scroller.querySelectorAll(rowSelector)].map((row) => row.getBoundingClientRect());
  const { top, bottom } = scroller.getBoundingClientRect();
  // The lines between rows.
  const slackPx = 4;
  return (
    Math.min(...rows.map((row) => row.top)) <= top + slackPx &&
    Math.max(...rows.map((row) => row.bottom)) >= bottom - slackPx
  );
}

/** Records frames from now on; what it returns ends that. */
function recordFrames(isLookingForBlanks: boolean): () => Scrolled {
  const scroller = findScroller();
  const frameMs: number[] = [];
  let longCount = 0;
  let blankCount = 0;
  let movedPx = 0;
  let at = scroller.scrollTop;
  let last: number | undefined;
  let isOver = false;
  const observer = new PerformanceObserver((list) => (longCount += list.getEntries().length));
  observer.observe({ type: "long-animation-frame" });
  const onFrame = (now: number): void => {
    if (isOver) return;
    if (last !== undefined) frameMs.push(now - last);
    last = now;
    movedPx += Math.abs(scroller.scrollTop - at);
    at = scroller.scrollTop;
    if (isLookingForBlanks && !isCovered(scroller)) blankCount++;
    requestAnimationFrame(onFrame);
  };
  requestAnimationFrame(onFrame);
  return () => {
    isOver = true;
    observer.disconnect();
    return { frameMs, longCount, blankCount, movedPx };
  };
}

/** How the bars and shapes of the charts stand. */
function drawing(): string {
  const shapes = document.querySelectorAll("main svg :is(rect, path)");
  return [...shapes]
    .map((shape) => ["width", "height", "d"].map((name) => shape.getAttribute(name)).join(" "))
    .join("\n");
}

let redrawn: Promise<number> | undefined;
let answer: Promise<Answered> | undefined;
let stopRecording: (() => Scrolled) | undefined;

const probe = {
  figures: (): LoadFigures => figures,
  /** When the first report was seen, counted from the start of the navigation. */
  firstRow: whenShown(() => document.querySelector(rowSelector)),
  whenShown: (selector: string): Promise<number> => whenShown(() => document.querySelector(selector)),
  whenTextShown: (selector: string, text: string): Promise<number> =>
    whenShown(() => [...document.querySelectorAll(selector)].some((one) => one.textContent?.includes(text))),
  /** Waits from now on for an event of this type; asked for on its own, because input and calls reach a page by different ways. */
  expectAnswer(type: string): void {
    answer = answerTo(type);
  },
  async answered(): Promise<Answered> {
    if (answer === undefined) throw new Error("No event is expected.");
    return answer;
  },
  /** Waits from now on for a chart to change. */
  expectDrawing(): void {
    const before = drawing();
    redrawn = whenShown(() => drawing() !== before);
  },
  async redrawn(): Promise<number> {
    if (redrawn === undefined) throw new Error("No drawing is expected.");
    return performance.timeOrigin + (await redrawn);
  },
  nextPaint,
  /** Where the middle of the list is. */
  listCenter(): { readonly x: number; readonly y: number } {
    const { left, top, width, height } = findScroller().getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  },
  scrollTo: (top: number): void => findScroller().scrollTo(0, top),
  startFrames(isLookingForBlanks: boolean): void {
    stopRecording = recordFrames(isLookingForBlanks);
  },
  stopFrames(): Scrolled {
    const scrolled = stopRecording?.();
    if (scrolled === undefined) throw new Error("No frames are being recorded.");
    return scrolled;
  },
};

export type Probe = typeof probe;

declare global {
  interface Window {
    readonly probe: Probe;
  }
}

Object.assign(window, { probe });
