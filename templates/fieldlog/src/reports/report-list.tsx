import { memo, useEffect, useLayoutEffect, useRef, type KeyboardEvent, type MouseEvent, type RefObject } from "react";
import { isMarked, useReportMarks } from "../pending-changes.ts";
import { useRowWindow } from "../window-rows.ts";
import type { HeldReport } from "./held-reports.ts";
import { ReportRow } from "./report-row.tsx";

/** Fixed, so that the place of every row is known without drawing those above it. The style sheet says the same. */
const rowHeightPx = 68;

interface ReportListProps {
  readonly reports: readonly HeldReport[];
  /** Another list begins at its top; the same list keeps its place while reports come and go. */
  readonly listKey: string;
  readonly currentId: string | undefined;
  readonly selectedIds: ReadonlySet<string>;
  /** Boxes stand beside the rows. */
  readonly isSelecting: boolean;
  readonly cursorIndex: number;
  /** Grows whenever the cursor's row is to be brought into sight and given the focus. */
  readonly focusCount: number;
  readonly onMove: (index: number, isRange: boolean) => void;
  /** The focus went to a row by itself: with Tab or a press. */
  readonly onFocusRow: (index: number) => void;
  readonly onOpen: (index: number) => void;
  readonly onSelect: (reportId: string, isRange: boolean) => void;
  readonly onSelectAll: () => void;
  /** Tells which row is at the upper edge. */
  readonly onTop: (index: number) => void;
}

/** Reports in their order, drawn only where they are seen. Arrow keys walk through all of them. */
export const ReportList = memo(function ReportList(props: ReportListProps) {
  const { reports, listKey, currentId, selectedIds, cursorIndex, focusCount, onTop } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { first, end, top } = useRowWindow(scroller, reports.length, rowHeightPx);
  const marks = useReportMarks();
  usePlace(scroller, { reports, listKey, top });
  useFocusOfCursor(scroller, cursorIndex, focusCount);
  useEffect(() => onTop(top), [top, onTop]);
  return (
    <div className="scroller" ref={scroller} data-testid="report-scroller">
      <ul
        className="rows rows-reports"
        aria-label="Reports"
        data-selecting={props.isSelecting}
        style={{ height: reports.length * rowHeightPx }}
        onClick={(event) => pressRow(event, props)}
        onKeyDown={(event) => pressKey(event, props)}
        onFocus={(event) => {
          const index = indexOfTarget(event.target);
          if (index !== undefined && index !== cursorIndex) props.onFocusRow(index);
        }}
      >
        {indexesOf(first, end, cursorIndex, reports.length).map((index) => {
          const held = reports[index];
          if (held === undefined) return null;
          const { report, airport } = held;
          return (
            <li
              key={report._id}
              aria-setsize={reports.length}
              aria-posinset={index + 1}
              data-index={index}
              data-selected={selectedIds.has(report._id)}
              style={{ transform: `translateY(${index * rowHeightPx}px)` }}
            >
              <ReportRow
                report={report}
                iata={airport?.iata}
                isCurrent={report._id === currentId}
                isSelected={selectedIds.has(report._id)}
                isCursor={index === cursorIndex}
                isPending={isMarked(marks.pending, report)}
                isRejected={isMarked(marks.rejected, report)}
                isInConflict={marks.conflicts.has(report._id)}
                onSelect={props.onSelect}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
});

/** The rows in sight, and the cursor's wherever it is: a row that is drawn no more would take the focus with it. */
function indexesOf(first: number, end: number, cursorIndex: number, count: number): readonly number[] {
  const indexes = Array.from({ length: Math.max(0, end - first) }, (_, place) => first + place);
  if (cursorIndex < first) return [cursorIndex, ...indexes];
  return cursorIndex >= end && cursorIndex < count ? [...indexes, cursorIndex] : indexes;
}

function indexOfTarget(target: EventTarget): number | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-index]") : null;
  return row === null ? undefined : Number(row.dataset["index"]);
}

/** One listener for all rows, which are then the same while the list around them changes. */
function pressRow(event: MouseEvent, { reports, onOpen, onSelect }: ReportListProps): void {
  const index = indexOfTarget(event.target);
  const isLink = event.target instanceof Element && event.target.closest("a") !== null;
  // With Ctrl, Cmd or Alt it is the browser's: another tab.
  if (index === undefined || !isLink || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const id = reports[index]?.report._id;
  if (event.shiftKey && id !== undefined) onSelect(id, true);
  else onOpen(index);
}

function pressKey(event: KeyboardEvent, props: ReportListProps): void {
  const index = indexOfTarget(event.target);
  if (index === undefined || event.altKey) return;
  if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    props.onSelectAll();
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  const seenCount = Math.floor((event.currentTarget.parentElement?.clientHeight ?? 0) / rowHeightPx);
  const page = Math.max(1, seenCount - 1);
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: page,
    PageUp: -page,
    Home: -props.reports.length,
    End: props.reports.length,
  };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  props.onMove(index + step, event.shiftKey);
}

type Scroller = RefObject<HTMLDivElement | null>;

/** A new list begins at its top. In the same list the row at the upper edge stays there when others come in above it. */
function usePlace(
  scroller: Scroller,
  now: { readonly reports: readonly HeldReport[]; readonly listKey: string; readonly top: number },
): void {
  const last = useRef(now);
  const { reports, listKey, top } = now;
  useLayoutEffect(() => {
    const before = last.current;
    last.current = { reports, listKey, top };
    if (before.top === 0 || scroller.current === null) return;
    if (before.listKey !== listKey) scroller.current.scrollTo(0, 0);
    else if (before.reports !== reports) {
      const id = before.reports[before.top]?.report._id;
      if (reports[before.top]?.report._id === id) return;
      const place = reports.findIndex(({ report }) => report._id === id);
      if (place !== -1) scroller.current.scrollBy(0, (place - before.top) * rowHeightPx);
    }
  }, [scroller, reports, listKey, top]);
}

/** Brings the cursor's row into sight before it takes the focus, which would scroll further than it must. */
function useFocusOfCursor(scroller: Scroller, cursorIndex: number, focusCount: number): void {
  const done = useRef(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || done.current === focusCount) return;
    done.current = focusCount;
    const rowTop = cursorIndex * rowHeightPx;
    if (rowTop < element.scrollTop) element.scrollTo(0, rowTop);
    else if (rowTop + rowHeightPx > element.scrollTop + element.clientHeight) {
      element.scrollTo(0, rowTop + rowHeightPx - element.clientHeight);
    }
    element.querySelector<HTMLElement>(`[data-index="${cursorIndex}"] a`)?.focus({ preventScroll: true });
  }, [scroller, cursorIndex, focusCount]);
}
